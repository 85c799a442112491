// The settings of a member of the consumer group, in one record: for a matcher in the main thread or in a matcher thread.
import type { Policy } from '../../policy/policy.ts'
import type { TopicNames } from '../topics/report-topics.ts'

export interface MemberSettings {
  readonly topics: TopicNames
  readonly group: string
  readonly maxBytesPerPartition: number
  /** Between two heartbeats a member matches for about this time, in milliseconds. */
  readonly sliceMs: number
  readonly cachedAnswers: number
  /** Each partition gets a canary at this interval; 0: none. */
  readonly canarySeconds: number
  readonly policy: Policy
}
