import { createRequire } from 'node:module'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KafkaMessage } from 'kafkajs'
import { MAX_UNPACKED_BYTES, unpack } from './compression.ts'
import type { RefusedBatch } from '../../contract/dead-letter.ts'
import {
  BatchTooLargeError,
  isRecordBatches,
  leastBytes,
  readRecords,
  standIn,
  storedBatches,
  type FetchedMessage,
  type StoredBatch,
} from './record-batch.ts'

/** Of kafkajs's own decoder, what is used of it. */
interface ResponseDecoder {
  offset: number
  readInt32(): number
  canReadBytes(length: number): boolean
  readBytes(length: number): Buffer
}

type DecodeMessages = (decoder: ResponseDecoder) => Promise<readonly unknown[]>

/** What may still be unpacked of a response. */
interface Room {
  bytes: number
}

const PLACE = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js'
/** kafkajs's modules that have taken up the one at that place. */
const ITS_READERS = /kafkajs.src.protocol.requests.fetch.v\d+.response\.js$/
/** Others in this thread have their turn after so long. */
const TURN_MS = 5
/** Marks ours, also that of another copy of this module. */
const OURS = Symbol.for('hashwarden.boundedFetch')

/**
 * Has kafkajs read what was fetched by `readBatches`. Its own way unpacks whatever comes, takes time in the square of a
 * record's headers, and spreads a batch's records over the stack; and where it fails, the consumer fails, and the
 * partition stands still. It offers no other way, so the module that does this is replaced among those that are loaded.
 */
export function boundFetches(): void {
  const require = createRequire(import.meta.url)
  const ofKafkajs: unknown = require(PLACE)
  const loaded = require.cache[require.resolve(PLACE)]
  if (!isDecodeMessages(ofKafkajs) || loaded === undefined)
    throw new Error(`kafkajs is of another version: what it fetches is not read in ${PLACE}.`)
  if (OURS in ofKafkajs) return
  loaded.exports = Object.assign(boundedDecoder(ofKafkajs), { [OURS]: true })
  // Who has the other one is loaded anew when kafkajs asks for it next.
  for (const path of Object.keys(require.cache)) if (ITS_READERS.test(path)) delete require.cache[path]
}

const isDecodeMessages = (value: unknown): value is DecodeMessages =>
  typeof value === 'function' && value.length === 1

function boundedDecoder(ofKafkajs: DecodeMessages): DecodeMessages {
  // One decoder reads a response, all partitions of it.
  const rooms = new WeakMap<ResponseDecoder, Room>()
  return async (decoder) => {
    const { offset } = decoder
    const size = decoder.readInt32()
    if (size <= 0 || !decoder.canReadBytes(size)) return []
    const bytes = decoder.readBytes(size)
    if (!isRecordBatches(bytes)) {
      decoder.offset = offset
      return ofKafkajs(decoder)
    }
    const room = rooms.get(decoder) ?? { bytes: MAX_UNPACKED_BYTES }
    rooms.set(decoder, room)
    return readBatches(bytes, room)
  }
}

/**
 * The records of as many batches as there is room for; the rest is fetched again. A batch for which there is no room in
 * all of a response, or that is none, is refused as a whole, and a record of its own stands for it.
 */
export async function readBatches(bytes: Buffer, room: Room): Promise<readonly FetchedMessage[]> {
  const messages: FetchedMessage[] = []
  let sinceMs = performance.now()
  for (const batch of storedBatches(bytes)) {
    if (performance.now() - sinceMs >= TURN_MS) {
      await nextTurn()
      sinceMs = performance.now()
    }
    const isFirst = room.bytes === MAX_UNPACKED_BYTES
    const before = messages.length
    try {
      room.bytes -= await readBatch(batch, room.bytes, messages)
    } catch (error) {
      messages.length = before
      const code = refusalOf(error)
      if (code === 'batch-too-large' && !isFirst) {
        room.bytes = 0
        break
      }
      // What was unpacked in vain isn't given back at once.
      room.bytes = code === 'batch-too-large' ? 0 : room.bytes - 1
      messages.push(standIn(batch, code))
    }
    if (room.bytes <= 0) break
  }
  return messages
}

async function readBatch(batch: StoredBatch, maxBytes: number, messages: FetchedMessage[]): Promise<number> {
  const least = leastBytes(batch)
  if (least > maxBytes) throw new BatchTooLargeError()
  const bytes = await unpack(batch.codec, batch.packed, maxBytes - least)
  return readRecords(batch, bytes, maxBytes, messages)
}

const NO_MEMORY = new Set(['Z_MEM_ERROR', 'ZSTD_error_memory_allocation', 'ERR_MEMORY_ALLOCATION_FAILED'])

/** Why a batch is refused. That there is no memory at the moment is no fault of it: then it is fetched again. */
function refusalOf(error: unknown): RefusedBatch['code'] {
  if (error instanceof BatchTooLargeError) return 'batch-too-large'
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  // V8's own error of an allocation has no code; Node's, of bytes that end too soon, has one.
  const isOutOfMemory = typeof code === 'string' ? NO_MEMORY.has(code) : error instanceof RangeError
  if (isOutOfMemory) throw error
  return 'batch-unreadable'
}

/** The batch that a message of kafkajs stands for, if it is none itself. */
export const refusedBatch = (message: KafkaMessage): RefusedBatch | undefined =>
  // What readBatches made has the field; what kafkajs itself has read, of Kafka before 0.11, has not.
  (message as KafkaMessage & Partial<FetchedMessage>).refused
