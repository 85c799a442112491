// Cuts records into calls to kafkajs's producer, which puts all records of a call and partition into one batch.
import type { OutgoingRecord } from '../log/event-log.ts'
import { sortedInOnePass } from './kafkajs-patches.ts'

/** The most bytes of a call. Larger calls are no faster, and hold up what comes after them. */
const MAX_SEND_BYTES = 512 * 1024
/** Of a record batch, format 2: its header. */
const BATCH_BYTES = 61
/** Of each record in it, at most: lengths and differences as varints. */
const RECORD_BYTES = 36
/** Of each header of a record, at most: two lengths as varints. */
const HEADER_BYTES = 10

/** A record as kafkajs takes it, and the record that it was made of. */
export interface Message {
  readonly key: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers: Record<string, Buffer>
  /** Where it goes, once that is chosen. */
  partition?: number
  readonly record: OutgoingRecord
}

/** Of all records that have none. kafkajs changes no headers. */
const NO_HEADERS: Record<string, Buffer> = {}

/** Cuts records into calls whose batches have at most `batchBytes` bytes, uncompressed. A larger record goes alone. */
export function* splitSends(records: readonly OutgoingRecord[], batchBytes: number): Generator<Message[]> {
  const maxBytes = Math.min(batchBytes, MAX_SEND_BYTES)
  let messages: Message[] = []
  let bytes = BATCH_BYTES
  for (const record of records) {
    const size = recordBytes(record)
    if (bytes + size > maxBytes && messages.length > 0) {
      yield sortedInOnePass(messages)
      messages = []
      bytes = BATCH_BYTES
    }
    const { key, value, headers } = record
    messages.push({ key, value, headers: hasNames(headers) ? { ...headers } : NO_HEADERS, record })
    bytes += size
  }
  if (messages.length > 0) yield sortedInOnePass(messages)
}

function hasNames(headers: OutgoingRecord['headers']): headers is NonNullable<OutgoingRecord['headers']> {
  for (const name in headers) if (Object.hasOwn(headers, name)) return true
  return false
}

/** The bytes that a record takes in a batch, at most. */
function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_BYTES + bytesOf(key) + bytesOf(value)
  if (!hasNames(headers)) return bytes
  for (const [name, content] of Object.entries(headers))
    bytes += HEADER_BYTES + Buffer.byteLength(name) + content.length
  return bytes
}

/** The bytes of a batch of one record, at most. */
export const batchBytesOf = (record: OutgoingRecord): number => BATCH_BYTES + recordBytes(record)

const bytesOf = (part: string | Buffer | null): number =>
  part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length
