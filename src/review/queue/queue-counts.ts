// How many cases wait in each queue, counted once for all who ask at about the same time.
import { pause } from '../../waiting/pause.ts'
import type { ReviewDatabase } from '../store/connect.ts'

/** Milliseconds between two counts, of 20 ms each with 100,000 open cases: every browser asks when a case has changed. */
const COUNT_EVERY_MS = 500

export interface QueueCount {
  readonly queue: string
  readonly open: number
  readonly leased: number
  readonly oldestAt: Date
}

export class QueueCounts {
  readonly #db: ReviewDatabase
  #next: Promise<readonly QueueCount[]> | undefined
  #begunAt = -COUNT_EVERY_MS

  constructor(db: ReviewDatabase) {
    this.#db = db
  }

  /** A count that begins after the call. Queues without an undecided case are not in it. */
  read(): Promise<readonly QueueCount[]> {
    this.#next ??= this.#count()
    return this.#next
  }

  async #count(): Promise<readonly QueueCount[]> {
    await pause(Math.max(0, this.#begunAt + COUNT_EVERY_MS - performance.now()))
    this.#next = undefined
    this.#begunAt = performance.now()
    const [open, leased] = await Promise.all([this.#ofState('open'), this.#ofState('leased')])
    return [...Map.groupBy([...open, ...leased], ({ queue }) => queue)].map(([queue, counts]) => ({
      queue,
      open: Number(open.find((one) => one.queue === queue)?.cases ?? 0),
      leased: Number(leased.find((one) => one.queue === queue)?.cases ?? 0),
      oldestAt: counts.map(({ oldest_at }) => oldest_at).reduce((a, b) => (a < b ? a : b)),
    }))
  }

  /** Each state has an index of its own. */
  #ofState(state: 'open' | 'leased') {
    return this.#db
      .selectFrom('cases')
      .select(({ fn }) => ['queue', fn.countAll<string>().as('cases'), fn.min('oldest_at').as('oldest_at')])
      .where('state', '=', state)
      .groupBy('queue')
      .execute()
  }
}
