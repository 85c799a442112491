// Everything in which hashwarden depends on the inside of kafkajs, in one place: what it replaces there, what it silences,
// and the texts of kafkajs's log that it acts on. All of that holds for one version; test/kafka/kafkajs-patches.test.ts
// names what to check before another one is taken.
import { createRequire } from 'node:module'
import type { Kafka, logCreator as LogCreator } from 'kafkajs'
import { decodeFetchResponse, FETCH_VERSIONS, type PartitionResponse } from './fetch/fetch-response.ts'
import { FetchedPartition } from './fetch/fetched-partition.ts'
import { encodeProduceRequest, PRODUCE_VERSIONS, type ProduceRequest } from './produce/produce-request.ts'

const KAFKAJS_VERSION = '2.2.4'

const require = createRequire(import.meta.url)

/** kafkajs's definition of a request: for each version the payload, and how the answer is read. */
interface FetchRequest {
  protocol: (asked: { readonly version: number }) => (payload: unknown) => FetchExchange
}

interface FetchExchange {
  readonly response: {
    decode(bytes: Buffer): Promise<unknown>
    parse(decoded: unknown): Promise<unknown>
  }
}

/** What kafkajs's Batch keeps of what it is made of. */
interface KafkajsBatch {
  readonly topic: string
  readonly partition: number
  readonly fetchedOffset: string
  readonly highWatermark: string
  readonly rawMessages: PartitionResponse['messages']
}

interface ConsumerGroup {
  fetch(nodeId: number): Promise<readonly unknown[]>
}

/** What the patches replace, as it was: of another copy of this module, too. */
interface Originals {
  readonly protocol: FetchRequest['protocol']
  readonly fetch: ConsumerGroup['fetch']
}
const ORIGINALS = Symbol.for('hashwarden.kafkajs')

/**
 * Makes kafkajs, for the whole process, read what it fetches as `fetch/` does, and quiet about what no user can act on.
 * May be called again.
 * @throws Error If kafkajs is of another version than the one that this was written for.
 */
export function patchKafkajs(): void {
  const { version }: { version: unknown } = require('kafkajs/package.json')
  checkVersion(version)
  replaceFetches()
  replaceProduceRequests()
  keepProduceAnswers()
  listTroubledTopics()
  endLateFetchers()
  hideTimeoutWarning()
}

/** @throws Error If this is another version of kafkajs than the one that the patches were written for. */
export function checkVersion(version: unknown): void {
  if (version === KAFKAJS_VERSION) return
  throw new Error(
    `kafkajs is ${String(version)}, and hashwarden changes the inside of ${KAFKAJS_VERSION}: install that one (npm ci), or go through src/kafka/kafkajs-patches.ts.`,
  )
}

/**
 * Has answers to fetches read by `decodeFetchResponse`, and each partition of them handed on as a FetchedPartition.
 * kafkajs's own way bounds no memory, checks no checksum, confuses overlapping aborted transactions, and takes its
 * position from records, so that it stands still where a fetch brings none. It offers no other way.
 */
function replaceFetches(): void {
  const request: FetchRequest & {
    [ORIGINALS]?: Originals
  } = require('kafkajs/src/protocol/requests/fetch/index.js')
  const { prototype }: { prototype: ConsumerGroup } = require('kafkajs/src/consumer/consumerGroup.js')
  const originals = (request[ORIGINALS] ??= {
    protocol: request.protocol,
    // Called as a method of the consumer group that it belongs to.
    // oxlint-disable-next-line typescript/unbound-method
    fetch: prototype.fetch,
  })
  request.protocol = ({ version }) => {
    if (version < FETCH_VERSIONS.from || version > FETCH_VERSIONS.to)
      throw new Error(
        `The broker offers version ${version} of Kafka’s Fetch, and hashwarden reads ${FETCH_VERSIONS.from} to ${FETCH_VERSIONS.to}: it needs Kafka 0.11 or newer.`,
      )
    const exchange = originals.protocol({ version })
    const decode = (bytes: Buffer): Promise<unknown> => decodeFetchResponse(bytes, version)
    return (payload) => {
      const asked = exchange(payload)
      return { ...asked, response: { ...asked.response, decode } }
    }
  }
  prototype.fetch = async function fetchPartitions(nodeId) {
    const batches = await originals.fetch.call(this, nodeId)
    return batches.map((batch) => fetchedPartition(batch as KafkajsBatch))
  }
}

/** Of kafkajs's Batch, which is made of a partition of a FetchResponse. */
const fetchedPartition = (batch: KafkajsBatch): FetchedPartition =>
  new FetchedPartition({
    topic: batch.topic,
    partition: batch.partition,
    fetchedOffset: Number(batch.fetchedOffset),
    highWatermark: Number(batch.highWatermark),
    read: batch.rawMessages.fetched,
  })

/** kafkajs's definition of the request to write records. */
interface ProduceDefinition {
  protocol: (asked: { readonly version: number }) => (payload: ProduceRequest) => {
    readonly request: { encode(): Promise<unknown> }
  }
  [ORIGINALS]?: ProduceDefinition['protocol']
}

/** kafkajs's table of codecs, for its producers. */
interface Codecs {
  lookupCodec(compression: number): {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  }
}

/**
 * Has requests to write records encoded by `encodeProduceRequest`, to the same bytes. kafkajs's own way takes some twenty
 * buffers for each record, and half a kilobyte that it first fills with zeros.
 */
function replaceProduceRequests(): void {
  const definition: ProduceDefinition = require('kafkajs/src/protocol/requests/produce/index.js')
  const codecs: Codecs = require('kafkajs/src/protocol/message/compression/index.js')
  const original = (definition[ORIGINALS] ??= definition.protocol)
  definition.protocol = (asked) => {
    const exchange = original(asked)
    if (!PRODUCE_VERSIONS.some((version) => version === asked.version)) return exchange
    return (payload) => {
      const usual = exchange(payload)
      const encode = async (): Promise<unknown> => {
        const { compression = 0 } = payload
        const bytes = await encodeProduceRequest(payload, (records) =>
          codecs.lookupCodec(compression).compress({ buffer: records }),
        )
        // As much of kafkajs's Encoder as is asked for by the encoder that takes it in.
        return { buf: bytes, buffer: bytes }
      }
      return { ...usual, request: { ...usual.request, encode } }
    }
  }
}

/**
 * Lets kafkajs sort the messages of a call by partition in one pass, by an own `reduce` of their array. kafkajs's step copies
 * the earlier messages of a partition for each one more: 1,500 messages take 9 MB of garbage.
 */
export function sortedInOnePass<Message>(messages: Message[]): Message[] {
  type Groups = Record<string, Message[]>
  const reduce = (step: (groups: Groups, message: Message) => Groups, groups: Groups): Groups => {
    for (const message of messages) {
      // Without earlier messages the step says where this one belongs.
      const only = step({}, message)
      for (const partition in only) (groups[partition] ??= []).push(message)
    }
    return groups
  }
  return Object.defineProperty(messages, 'reduce', { value: reduce })
}

/** kafkajs's decoded answer to a produce request. */
interface ProduceResponse {
  readonly topics: readonly {
    readonly partitions: readonly { readonly errorCode: number }[]
  }[]
}

type ParseProduced = (response: ProduceResponse) => Promise<ProduceResponse>

/** Errors of stale metadata, which kafkajs refreshes before it sends again. */
const STALE_METADATA: ReadonlySet<number> = new Set([3, 5, 6])

/**
 * Lets kafkajs's `send` resolve with each partition's error code, unless all of them come of stale metadata. kafkajs's own
 * way makes one error of them and sends everything again: it writes a second time what other partitions have taken.
 */
function keepProduceAnswers(): void {
  for (const version of PRODUCE_VERSIONS) {
    const response: { parse: ParseProduced & { [ORIGINALS]?: true } } = require(
      `kafkajs/src/protocol/requests/produce/v${version}/response.js`,
    )
    if (response.parse[ORIGINALS]) continue
    const { parse } = response
    const keep: ParseProduced = async (answer) => {
      const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
      return codes.every((code) => STALE_METADATA.has(code)) ? parse(answer) : answer
    }
    response.parse = Object.assign(keep, { [ORIGINALS]: true as const })
  }
}

/** kafkajs's decoded answer to a request for metadata. */
interface MetadataResponse {
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[]
  }[]
}

interface MetadataRequest {
  protocol: (asked: { readonly version: number }) => (payload: { readonly topics: readonly string[] }) => {
    readonly response: { parse(answer: MetadataResponse): Promise<unknown> }
  }
  [ORIGINALS]?: MetadataRequest['protocol']
}

const LEADER_NOT_AVAILABLE = 5

/**
 * Lets kafkajs list all topics while one of them is in trouble: its own way makes one error of it all, so that a single
 * partition without a leader would hide every other topic. A request that names topics still fails for them.
 */
function listTroubledTopics(): void {
  const request: MetadataRequest = require('kafkajs/src/protocol/requests/metadata/index.js')
  const original = (request[ORIGINALS] ??= request.protocol)
  request.protocol = (asked) => (payload) => {
    const exchange = original(asked)(payload)
    if (payload.topics.length > 0) return exchange
    const { response } = exchange
    const parse = (answer: MetadataResponse): Promise<unknown> => response.parse(withoutErrors(answer))
    return { ...exchange, response: { ...response, parse } }
  }
}

/** A topic without leaders stays in the list. One that is being deleted, or may not be seen, leaves it. */
const withoutErrors = (answer: MetadataResponse): MetadataResponse => ({
  ...answer,
  topicMetadata: answer.topicMetadata
    .filter(({ topicErrorCode }) => topicErrorCode === 0 || topicErrorCode === LEADER_NOT_AVAILABLE)
    .map((topic) => ({
      ...topic,
      topicErrorCode: 0,
      partitionMetadata: topic.partitionMetadata.map((one) => ({ ...one, partitionErrorCode: 0 })),
    })),
})

/** kafkajs's runner of a consumer. */
interface Runner {
  readonly running: boolean
  readonly fetchManager: { stop(): Promise<void> }
  fetch(nodeId: number): Promise<readonly unknown[]>
}

/**
 * Ends fetchers that kafkajs starts when their consumer has stopped, as it does where a partition's leader changes at that
 * moment. By itself such a fetcher gets nothing, at once, and asks again, for ever and without a pause: no timer, no answer
 * and no signal of the process has a turn any more.
 */
function endLateFetchers(): void {
  const {
    prototype,
  }: { prototype: Runner & { [ORIGINALS]?: Runner['fetch'] } } = require('kafkajs/src/consumer/runner.js')
  // Called as a method of the runner that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const original = (prototype[ORIGINALS] ??= prototype.fetch)
  prototype.fetch = async function fetchWhileRunning(nodeId) {
    if (this.running) return original.call(this, nodeId)
    // Not awaited: it resolves when the fetcher that asks here has ended.
    void this.fetchManager.stop()
    return []
  }
}

/**
 * kafkajs asks Node 24 for negative timeouts, which prints a warning that no user can act on. Node offers no way
 * to silence one warning at run time but to take over its printing.
 */
export function hideTimeoutWarning(): void {
  const printers = process.listeners('warning')
  if (printers.some((printer) => printer.name === 'printOtherWarnings')) return
  process.removeAllListeners('warning')
  process.on('warning', function printOtherWarnings(warning) {
    if (warning.name !== 'TimeoutNegativeWarning') for (const print of printers) print.call(process, warning)
  })
}

const READ_UNCOMMITTED = 0

/**
 * Makes the admin clients of this kafkajs client tell the ends of partitions as written. Without it they are the last stable
 * offsets; kafkajs leaves the choice to consumers.
 */
export function seeUncommitted(kafka: Kafka): void {
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  // kafkajs's version is checked, and its test names this property.
  const inside = kafka as unknown as Record<symbol, (options: object) => unknown>
  const original = key && inside[key]
  if (!original) throw new Error('kafkajs has no private:Kafka:createCluster.')
  inside[key] = (options) => original({ ...options, isolationLevel: READ_UNCOMMITTED })
}

/** The beginning of kafkajs's line when it goes on from the earliest offset, because its own had expired. */
const OUT_OF_RANGE_TEXT = 'Offset out of range, resetting'
/** The beginning of its line about an answer to a fetch that is an error. */
const FETCH_ERROR_TEXT = 'Response Fetch'
/** Its words for Kafka's error UNKNOWN_TOPIC_OR_PARTITION. */
const UNKNOWN_TOPIC_TEXT = 'This server does not host this topic-partition'

/** What kafkajs says of a consumer nowhere but in its log. */
interface LogEvents {
  readonly onOffsetOutOfRange: () => void
  /** A topic that is read is not there. */
  readonly onTopicGone: () => void
}

/** Picks these events out of kafkajs's log: its other lines repeat its errors. */
export const logEvents =
  ({ onOffsetOutOfRange, onTopicGone }: LogEvents): LogCreator =>
  () =>
  ({ log: { message, error } }) => {
    if (message.startsWith(OUT_OF_RANGE_TEXT)) onOffsetOutOfRange()
    if (message.startsWith(FETCH_ERROR_TEXT) && error === UNKNOWN_TOPIC_TEXT) onTopicGone()
  }
