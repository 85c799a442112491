// Partitions whose commits are refused, for the log and for readiness.
import { partitionName, type TopicPartition } from '../../log/event-log.ts'
import type { Health } from '../../telemetry/health.ts'
import { COMMITS_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { namedProblems } from './named-problems.ts'

export class RefusedCommits {
  readonly #health: Health
  readonly #state: StateLog
  /** Why, by the name of the partition. */
  readonly #refused = new Map<string, string>()

  constructor({ health, logger }: { readonly health: Health; readonly logger: Logger }) {
    this.#health = health
    this.#state = new StateLog({
      logger,
      level: 'error',
      begins: 'Commits are refused; their partitions wait and try again',
      ends: 'Commits are taken again',
    })
  }

  /** The member owns these partitions and no others. */
  assign(partitions: readonly TopicPartition[]): void {
    const assigned = new Set(partitions.map(partitionName))
    for (const name of this.#refused.keys()) if (!assigned.has(name)) this.#refused.delete(name)
    this.#show()
  }

  refused(at: TopicPartition, why: string): void {
    this.#refused.set(partitionName(at), why)
    this.#show()
  }

  taken(at: TopicPartition): void {
    if (this.#refused.delete(partitionName(at))) this.#show()
  }

  #show(): void {
    this.#state.set(this.#refused)
    if (this.#refused.size === 0) this.#health.ready(COMMITS_PART)
    else this.#health.waitFor(COMMITS_PART, namedProblems(this.#refused))
  }
}
