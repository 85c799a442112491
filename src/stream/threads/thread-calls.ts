// Between the threads: the order that begins a matcher thread, and the calls in both directions.
import type { SetTicket } from '../../known/set-reader.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { LogLevel } from '../../telemetry/log.ts'
import type { MeasuredMetric } from '../../telemetry/thread-totals.ts'
import type { TopicPartition } from '../../log/event-log.ts'
import type { KafkaConnection } from '../../kafka/security/kafka-connection.ts'
import type { EncodedOutcome } from '../live/encoded-outcome.ts'
import type { MemberSettings } from '../live/member-settings.ts'
import type { Caution } from '../live/poison-records.ts'

/** All that a thread needs to be a member of the consumer group. */
export interface MemberOrder {
  readonly settings: MemberSettings
  readonly set: SetTicket
  /** The block of the main thread's SharedSetState. */
  readonly setState: SharedArrayBuffer
  /** The block of the thread's WorkJournal. */
  readonly journal: SharedArrayBuffer
  readonly caution: Caution
}

/** The first message to a matcher thread. */
export interface ThreadOrder extends MemberOrder {
  readonly number: number
  /** Names the places of secrets, which each thread reads by itself. */
  readonly kafka: KafkaConnection
  readonly logLevel: LogLevel
}

/** Calls from a matcher thread to the main thread, which keeps the set. */
export interface SetCalls {
  /** Matches reports against the set as it is now: element i is what report i came to. */
  match(reports: readonly ReceivedReport[]): Promise<readonly EncodedOutcome[]>
  /** See FollowedSet. False if Kafka is away, or the set is lost or no longer read: the thread tries again until the process ends it. */
  catchUp(): Promise<boolean>
  /** The thread owns these partitions now, and no others. */
  owns(partitions: readonly TopicPartition[]): void
  /** The thread's part of the process's health: what it waits for, or nothing. */
  waitFor(part: string, why: string | undefined): void
}

/** Calls from the main thread to a matcher thread. */
export interface ThreadCalls {
  /** Its metrics, as prom-client's registries exchange them. */
  metrics(): Promise<readonly MeasuredMetric[]>
  /** Passes on what other threads' deaths have shown. */
  beCautious(caution: Caution): void
  /** Resolves once it has finished the slice in work, committed finished work, and left the group. */
  stop(): Promise<void>
}

/** A thread that runs, as its supervisor sees it. A call to one that has ended may fail, or never be answered. */
export interface RunningThread extends ThreadCalls {
  /** Resolves when the thread has ended, with the error that ended it. */
  readonly ended: Promise<NodeJS.ErrnoException | undefined>
}

/** Starts a thread, which makes these calls. */
export type StartThread = (order: ThreadOrder, answers: SetCalls) => RunningThread
