// How a report lies in a file of the spool: its length, a checksum, and its JSON text.
import { createHash } from 'node:crypto'

const LENGTH_BYTES = 4
const CHECK_BYTES = 8
export const HEAD_BYTES = LENGTH_BYTES + CHECK_BYTES
/** The gateway's bound of one report is far below. A longer length is damage. */
export const TEXT_MAX_BYTES = 1024 * 1024

export function encodeRecord(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(bytes.length)
  checkOf(bytes).copy(head, LENGTH_BYTES)
  return Buffer.concat([head, bytes])
}

export interface SpooledRecord {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * The whole, undamaged records of these bytes, wherever they lie: what a damage leaves is found again behind it, by the
 * checksums.
 */
export function* wholeRecords(bytes: Buffer): Generator<SpooledRecord> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const record = recordAt(bytes, at)
    if (record) yield record
    at = record?.end ?? at + 1
  }
}

function recordAt(bytes: Buffer, start: number): SpooledRecord | undefined {
  const from = start + HEAD_BYTES
  const length = bytes.readUInt32LE(start)
  const end = from + length
  if (length === 0 || length > TEXT_MAX_BYTES || end > bytes.length) return undefined
  const text = bytes.subarray(from, end)
  if (!checkOf(text).equals(bytes.subarray(start + LENGTH_BYTES, from))) return undefined
  return { text: text.toString('utf8'), start, end }
}

const checkOf = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update(bytes).digest().subarray(0, CHECK_BYTES)
