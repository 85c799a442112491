// Watches the whole group by its commits, whichever process they are of: partitions without a match yet, and
// members that match by another policy.
import { parseCommitMetadata } from '../../log/commit-metadata.ts'
import { partitionName } from '../../log/event-log.ts'
import type { Health } from '../../telemetry/health.ts'
import { PARTITIONS_PART } from '../../telemetry/health-parts.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import type { PartitionLag } from '../topics/group-lag.ts'
import { namedProblems } from './named-problems.ts'

export interface GroupWatchOptions {
  /** This process's policy, as commits name it. */
  readonly policy: string
  /** Every partition gets canaries, so that an empty one has a commit too. */
  readonly hasCanaries: boolean
  readonly metrics: Metrics
  readonly health: Health
  readonly logger: Logger
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number
}

export class GroupWatch {
  readonly #options: GroupWatchOptions
  readonly #unmatched: StateLog
  readonly #differing: StateLog
  #differsSinceMs: number | undefined

  constructor(options: GroupWatchOptions) {
    this.#options = options
    const { logger } = options
    this.#unmatched = new StateLog({
      logger,
      level: 'warn',
      begins: 'There are partitions in which no member of the group has matched yet',
      ends: 'The group has matched in every partition',
    })
    this.#differing = new StateLog({
      logger,
      level: 'error',
      begins: 'Other members of the group match by another policy: the same report may make a hit or none',
      ends: 'All members of the group match by the same policy',
    })
    this.#setDiffers()
  }

  /** Takes what the broker says of each topic's partitions. */
  look(lags: ReadonlyMap<string, readonly PartitionLag[]>): void {
    const { policy, hasCanaries, health, clock } = this.#options
    const unmatched = new Map<string, string>()
    const differing = new Map<string, string>()
    for (const [topic, partitions] of lags) {
      for (const { partition, next, end, metadata } of partitions) {
        const name = partitionName({ topic, partition })
        // An empty one is of a recreated topic, whose beginning was committed.
        if (!metadata && (hasCanaries || next < end))
          unmatched.set(name, 'no member of the group has matched in it yet')
        const { policy: other } = parseCommitMetadata(metadata ?? '')
        if (other !== undefined && other !== policy)
          differing.set(name, `committed by policy ${other}, and this process has ${policy}`)
      }
    }
    this.#unmatched.set(unmatched)
    if (unmatched.size === 0) health.ready(PARTITIONS_PART)
    else health.waitFor(PARTITIONS_PART, namedProblems(unmatched))
    this.#differing.set(differing)
    this.#differsSinceMs = differing.size === 0 ? undefined : (this.#differsSinceMs ?? clock())
    this.#setDiffers()
  }

  #setDiffers(): void {
    const { metrics, clock } = this.#options
    metrics.policyDiffers.set({ labels: {}, clock, sinceMs: this.#differsSinceMs })
  }
}
