// Writes records to Kafka in batches that their topic takes, and knows of each record whether it is acknowledged.
import type { Message as KafkaMessage, RecordMetadata } from 'kafkajs'
import type { OutgoingRecord } from '../log/event-log.ts'
import { WriteRefusedError, type RefusalReason } from '../log/write-refused.ts'
import { pause } from '../waiting/pause.ts'
import { BatchLimits } from './batch-limits.ts'
import { LogTransientError } from '../log/log-faults.ts'
import { partitionOf } from './noting-partitioner.ts'
import { batchBytesOf, splitSends, type Message } from './split-sends.ts'

/** Pauses before a refused record is sent again, in milliseconds, where Kafka says that it wrote nothing of it. */
const RETRY_AFTER_MS = [100, 400]

/** Kafka's error codes of a produce request that an operator must mend; one that is in neither list is `other`. */
const REFUSALS: ReadonlyMap<number, { readonly type: string; readonly reason: RefusalReason }> = new Map([
  [3, { type: 'UNKNOWN_TOPIC_OR_PARTITION', reason: 'no-topic' }],
  [10, { type: 'MESSAGE_TOO_LARGE', reason: 'too-large' }],
  [18, { type: 'RECORD_LIST_TOO_LARGE', reason: 'too-large' }],
  [19, { type: 'NOT_ENOUGH_REPLICAS', reason: 'not-enough-replicas' }],
  [20, { type: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', reason: 'not-enough-replicas' }],
  [29, { type: 'TOPIC_AUTHORIZATION_FAILED', reason: 'not-permitted' }],
  [32, { type: 'INVALID_TIMESTAMP', reason: 'other' }],
  [44, { type: 'POLICY_VIOLATION', reason: 'other' }],
  [87, { type: 'INVALID_RECORD', reason: 'other' }],
])
/**
 * Those that pass by themselves: a leader is elected, a replica is slow, a disk's partitions move to another broker. If
 * replicas stay away, NOT_ENOUGH_REPLICAS follows.
 */
const TRANSIENT: ReadonlyMap<number, string> = new Map([
  [5, 'LEADER_NOT_AVAILABLE'],
  [6, 'NOT_LEADER_OR_FOLLOWER'],
  [7, 'REQUEST_TIMED_OUT'],
  [8, 'BROKER_NOT_AVAILABLE'],
  [9, 'REPLICA_NOT_AVAILABLE'],
  [13, 'NETWORK_EXCEPTION'],
  [56, 'KAFKA_STORAGE_ERROR'],
  [74, 'FENCED_LEADER_EPOCH'],
  [75, 'UNKNOWN_LEADER_EPOCH'],
])
/**
 * The code of a partition that the answers leave out. After a failure kafkajs tries again only those brokers that have not
 * answered yet. If one of these partitions has moved to a broker that has, its messages are never sent, and the call
 * resolves as if they were.
 */
const UNANSWERED = 6
/** Errors after which Kafka has surely written nothing, and that may pass within a second. */
const PASSING: ReadonlySet<number> = new Set([3, 5, 6, 19])

/** A record that a topic has not taken. */
interface Refused {
  readonly record: OutgoingRecord
  readonly errorCode: number
}

export interface RecordWriterOptions {
  /** Sends messages; resolves with each partition's answer. Throws if Kafka can't be reached. */
  readonly send: (topic: string, messages: KafkaMessage[]) => Promise<readonly RecordMetadata[]>
  /** The topic's `max.message.bytes`; undefined if it can't be learnt. */
  readonly maxMessageBytes: (topic: string) => Promise<number | undefined>
}

export class RecordWriter {
  readonly #options: RecordWriterOptions
  readonly #limits: BatchLimits

  constructor(options: RecordWriterOptions) {
    this.#options = options
    this.#limits = new BatchLimits(options.maxMessageBytes)
  }

  /**
   * Writes records. `onWritten` hears of each one that is acknowledged, also if others are not.
   * @throws WriteRefusedError If the topic refuses any of them; the others are written nevertheless.
   * @throws LogTransientError If a partition can't take records now; the others are written nevertheless.
   */
  async write(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten: (record: OutgoingRecord) => void = () => {},
  ): Promise<void> {
    let refused = await this.#attempt(topic, records, onWritten)
    for (const waitMs of RETRY_AFTER_MS) {
      if (refused.length === 0) return
      if (!refused.every(({ errorCode }) => PASSING.has(errorCode))) break
      await pause(waitMs)
      refused = await this.#attempt(
        topic,
        refused.map(({ record }) => record),
        onWritten,
      )
    }
    if (refused.length > 0) throw await this.#explain(topic, refused)
  }

  /** Writes a record to this partition; resolves with its offset. */
  async writeTo(topic: string, partition: number, record: OutgoingRecord): Promise<number> {
    const { key, value, headers = {} } = record
    const message = { key, value, headers: { ...headers }, partition }
    const [{ errorCode, baseOffset }] = await this.#options.send(topic, [message])
    if (errorCode !== 0) throw await this.#explain(topic, [{ record, errorCode }])
    return Number(baseOffset)
  }

  async #attempt(
    topic: string,
    records: readonly OutgoingRecord[],
    onWritten: (record: OutgoingRecord) => void,
  ): Promise<readonly Refused[]> {
    const refused: Refused[] = []
    const batchBytes = await this.#limits.of(topic)
    const calls = [...splitSends(records, batchBytes)]
    for (let call = calls.shift(); call; call = calls.shift()) {
      const answers = await this.#options.send(topic, call)
      for (const [errorCode, messages] of sortOut(call, answers)) {
        if (errorCode === 0) for (const { record } of messages) onWritten(record)
        else if (isTooLarge(errorCode) && messages.length > 1) {
          this.#limits.forget(topic)
          calls.unshift(...halves(messages))
        } else refused.push(...messages.map(({ record }) => ({ record, errorCode })))
      }
    }
    return refused
  }

  async #explain(topic: string, all: readonly Refused[]): Promise<WriteRefusedError | LogTransientError> {
    const refused = all.filter(({ errorCode }) => !TRANSIENT.has(errorCode))
    const [{ errorCode }] = refused.length > 0 ? refused : all
    if (refused.length === 0)
      return new LogTransientError(
        `Kafka can't take ${counted(all)} of topic ${topic} (${TRANSIENT.get(errorCode)}). That passes by itself: try again. If it lasts, Kafka's own log says why.`,
      )
    const { type = `error ${errorCode}`, reason = 'other' } = REFUSALS.get(errorCode) ?? {}
    const count = counted(refused)
    const refuses = `Topic ${topic} refuses ${count} (${type})`
    const limit = (bytes: number): string =>
      `${refuses}: it takes batches of up to max.message.bytes = ${bytes} bytes. Set that to ${needed(refused)} or more.`
    const texts: Record<RefusalReason, () => Promise<string>> = {
      'too-large': async () => {
        this.#limits.forget(topic)
        return limit(await this.#limits.of(topic))
      },
      'not-enough-replicas': async () =>
        `${refuses}: fewer replicas are in sync than its min.insync.replicas asks for. Bring its brokers back.`,
      'not-permitted': async () =>
        `${refuses}: this identity may not write to it. Grant Write by Kafka's ACLs, as deploy/kafka.md lists them.`,
      'no-topic': async () => `${refuses}: it doesn't exist. Create it by \`hashwarden topics apply\`.`,
      other: async () => `${refuses}. Kafka's own log says why.`,
    }
    return new WriteRefusedError(topic, reason, await texts[reason]())
  }
}

/** The messages of a call by the error code of their partition; 0: acknowledged. */
function sortOut(
  call: readonly Message[],
  answers: readonly RecordMetadata[],
): ReadonlyMap<number, readonly Message[]> {
  const codes = new Map(answers.map(({ partition, errorCode }) => [partition, errorCode]))
  const sorted = new Map<number, Message[]>()
  for (const message of call) {
    const errorCode = codes.get(partitionOf(message) ?? -1) ?? UNANSWERED
    const same = sorted.get(errorCode)
    if (same) same.push(message)
    else sorted.set(errorCode, [message])
  }
  return sorted
}

const isTooLarge = (errorCode: number): boolean => REFUSALS.get(errorCode)?.reason === 'too-large'

const halves = (messages: readonly Message[]): Message[][] => {
  const middle = messages.length >> 1
  return [messages.slice(0, middle), messages.slice(middle)]
}

const counted = ({ length }: readonly Refused[]): string => `${length} record${length === 1 ? '' : 's'}`

/** A limit that all of these records would fit in, rounded up. */
function needed(refused: readonly Refused[]): number {
  const bytes = Math.max(...refused.map(({ record }) => batchBytesOf(record)))
  return Math.ceil(bytes / 1024) * 1024
}
