import type { GroupBatch, GroupOptions, TopicPartition } from '../../src/log/event-log.ts'
import type { BendableMembership } from '../log/bendable-log.ts'
import { OrderedLine } from './ordered-line.ts'
import type { ProcessLogOptions } from './process-log.ts'

export interface MembershipOptions extends ProcessLogOptions {
  readonly options: GroupOptions
}

const TRY_AGAIN_MS = 300
const LOOKS_A_SESSION = 4

/**
 * A process's place in a consumer group, as its client keeps it: it hears of a rebalance late, is expelled if the broker
 * doesn't hear of it for the time of a session, and joins again once it finds out.
 */
export class Membership {
  readonly #options: MembershipOptions
  #inner: BendableMembership | undefined
  /** Counts what it was told of the group: a batch of before is known to be others'. */
  #told = 0
  readonly #line: OrderedLine
  #isLeaving = false
  #inWork = 0
  #heardOfMs = 0

  constructor(options: MembershipOptions) {
    this.#options = options
    const { network } = options
    this.#line = new OrderedLine(network.scheduler, () => network.latencyMs)
  }

  async join(): Promise<void> {
    const { actor, log, network, options } = this.#options
    await network.askOnce(actor, `join ${options.group}`, async () => {
      const inner = await log.consume({
        ...options,
        onAssigned: (partitions) => this.#deliverAssignment(partitions),
        onBatch: (batch) => this.#deliverBatch(batch),
      })
      this.#inner = inner
      this.#heardOf()
      this.#watchSession(inner)
    })
    if (this.#isLeaving) await this.leave()
  }

  async leave(): Promise<void> {
    const { actor, network, options } = this.#options
    this.#isLeaving = true
    const inner = this.#inner
    if (!inner) return
    await network.surely(actor, `leave ${options.group}`, async () => {
      await inner.stop()
      if (this.#inner === inner) this.#inner = undefined
    })
  }

  #expel(inner: BendableMembership): void {
    const { actor, network, options } = this.#options
    this.#inner = undefined
    network.strike('expelled')
    network.scheduler.note(actor, `is expelled from ${options.group}`)
    inner.expel()
    this.#line.send(actor, `hears that it was expelled from ${options.group}`, () => {
      this.#told++
      void this.#joinAgain()
    })
  }

  async #joinAgain(): Promise<void> {
    const { actor, network } = this.#options
    while (!this.#isLeaving) {
      try {
        // Not beside a batch of before: those of one partition come one after the other.
        if (this.#inWork === 0) return await this.join()
      } catch {
        // The connection's listener would tell of it.
      }
      await new Promise<void>((resolve) =>
        network.scheduler.after(TRY_AGAIN_MS, actor, 'tries again', resolve),
      )
    }
  }

  #deliverAssignment(partitions: readonly TopicPartition[]): void {
    const { actor, options } = this.#options
    const names = partitions.map(({ topic, partition }) => `${topic}/${partition}`).join(' ')
    this.#line.send(actor, `joined ${options.group}: ${names}`, () => {
      this.#told++
      if (!this.#isLeaving) options.onAssigned(partitions)
    })
  }

  #deliverBatch(batch: GroupBatch): Promise<void> {
    const { actor, options } = this.#options
    const { topic, partition, records, nextOffset } = batch
    return new Promise((resolve, reject) => {
      this.#line.send(actor, `got ${topic}/${partition} ${records.length} before ${nextOffset}`, () => {
        if (this.#isLeaving) return resolve()
        this.#inWork++
        this.#heardOf()
        const work = async (): Promise<void> => {
          try {
            await options.onBatch(this.#batch(batch))
          } finally {
            this.#inWork--
          }
        }
        work().then(resolve, reject)
      })
    })
  }

  #batch(batch: GroupBatch): GroupBatch {
    const { actor, network, watch, options } = this.#options
    const { group } = options
    const { topic, partition } = batch
    const told = this.#told
    return {
      ...batch,
      isCurrent: () => told === this.#told && !this.#isLeaving,
      heartbeat: () =>
        network.askOnce(actor, 'heartbeat', async () => {
          this.#heardOf()
          await batch.heartbeat()
        }),
      commit: (offset, metadata) =>
        network.ask(
          actor,
          `commit ${group} ${topic}/${partition} ${offset} ${metadata.slice(36)}`,
          async (mayBeLate) => {
            this.#heardOf()
            await batch.commit(offset, metadata).catch((error: unknown) => {
              network.strike('commit of an earlier generation')
              throw error
            })
            watch.onCommit({ group, topic, partition, offset, metadata, mayBeLate })
          },
        ),
    }
  }

  #heardOf(): void {
    this.#heardOfMs = this.#options.network.scheduler.elapsedMs
  }

  /**
   * The broker's side: it takes for dead whom it hasn't heard of for the time of a session. A client that waits for
   * batches gives signs of life by itself; one that is at work must be made to, by heartbeats and commits.
   */
  #watchSession(inner: BendableMembership): void {
    const { actor, network, sessionMs } = this.#options
    const { scheduler, wire } = network
    scheduler.after(sessionMs / LOOKS_A_SESSION, wire, 'timer', () => {
      if (this.#inner !== inner) return
      const isSilent = !actor.isAlive || actor.isPaused || this.#inWork > 0
      if (!isSilent) this.#heardOf()
      if (scheduler.elapsedMs - this.#heardOfMs >= sessionMs) this.#expel(inner)
      else this.#watchSession(inner)
    })
  }
}
