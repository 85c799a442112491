// Stores hits of several partitions together, in a few transactions side by side that never wait for each other.
import type { Hit } from '../../contract/hit.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { caseSubject } from './case-subject.ts'
import { storeHits, type IntakeSettings, type StoredHits } from './store-hits.ts'

/** One is at work on processors while the other waits for the disk. */
const LANES = 2
/** Hits of one transaction: it takes about 0.1 s, and holds its locks for that time. */
const HITS_A_TRANSACTION = 500

interface Waiting {
  readonly hits: readonly Hit[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export interface IntakeLanesOptions {
  readonly db: ReviewDatabase
  readonly settings: IntakeSettings
  readonly onStored: (stored: StoredHits) => void
}

/** A subject's hits always take the same lane: two transactions would have to wait for each other's locks on it. */
export class IntakeLanes {
  readonly #lanes: readonly Lane[]

  constructor(options: IntakeLanesOptions) {
    this.#lanes = Array.from({ length: LANES }, () => new Lane(options))
  }

  /** Resolves once all of them are stored. After an error some may be, and all may be stored again. */
  async store(hits: readonly Hit[]): Promise<void> {
    const byLane = Map.groupBy(hits, (hit) => caseSubject(hit).key[0] % LANES)
    const stored = [...byLane].map(([lane, some]) => this.#lanes[lane].store(some))
    // All end before an error is thrown: no transaction goes on behind it.
    await Promise.allSettled(stored)
    await Promise.all(stored)
  }

  /** Resolves when no transaction runs. */
  async settled(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.settled()))
  }
}

class Lane {
  readonly #options: IntakeLanesOptions
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(options: IntakeLanesOptions) {
    this.#options = options
  }

  async store(hits: readonly Hit[]): Promise<void> {
    for (let begin = 0; begin < hits.length; begin += HITS_A_TRANSACTION)
      await this.#enqueue(hits.slice(begin, begin + HITS_A_TRANSACTION))
  }

  async settled(): Promise<void> {
    await this.#running
  }

  #enqueue(hits: readonly Hit[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ hits, resolve, reject })
    this.#running ??= this.#run()
    return promise
  }

  async #run(): Promise<void> {
    const { db, settings, onStored } = this.#options
    for (let taken = this.#take(); taken.length > 0; taken = this.#take()) {
      try {
        onStored(
          await storeHits(
            db,
            settings,
            taken.flatMap(({ hits }) => hits),
          ),
        )
        for (const { resolve } of taken) resolve()
      } catch (error) {
        for (const { reject } of taken) reject(error)
      }
    }
    this.#running = undefined
  }

  /** Those that have waited longest, as many as one transaction takes. */
  #take(): readonly Waiting[] {
    let count = 0
    const fits = this.#waiting.findIndex(({ hits }) => (count += hits.length) > HITS_A_TRANSACTION)
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : Math.max(1, fits))
  }
}
