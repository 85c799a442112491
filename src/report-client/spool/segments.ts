// The files of a spool: each is written once from its beginning to its end, sent, and deleted.
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { wholeRecords } from './record.ts'

/** A file that has this many bytes is followed by another. After a crash up to as many are sent a second time. */
export const SEGMENT_BYTES = 1024 * 1024
const NAME = /^(\d{12})\.spool$/

export interface Segment {
  readonly number: number
  readonly path: string
  /** Whole records of it, in bytes. */
  bytes: number
  /** How far it is sent. */
  sent: number
}

export const segmentAt = (folder: string, number: number): Segment => ({
  number,
  path: join(folder, `${String(number).padStart(12, '0')}.spool`),
  bytes: 0,
  sent: 0,
})

export interface FoundSegments {
  readonly segments: readonly Segment[]
  /** Bytes that are no whole records: the process ended while it wrote, or the disk is damaged. */
  readonly damagedBytes: number
}

/** What an earlier process has left, the oldest first, without what was damaged. */
export function findSegments(folder: string): FoundSegments {
  const numbers = readdirSync(folder).flatMap((name) => {
    const number = NAME.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
  let damagedBytes = 0
  const segments: Segment[] = []
  numbers.sort((a, b) => a - b)
  for (const number of numbers) {
    const segment = segmentAt(folder, number)
    damagedBytes += mend(segment, number === numbers.at(-1))
    if (segment.bytes === 0) unlinkSync(segment.path)
    else segments.push(segment)
  }
  return { segments, damagedBytes }
}

/**
 * Writes the file anew if it has more than whole records. Returns how many bytes are lost: the end of the newest file is none
 * of them, because the process ended before it had taken what it was writing.
 */
function mend(segment: Segment, isNewest: boolean): number {
  const content = readFileSync(segment.path)
  const records = [...wholeRecords(content)]
  segment.bytes = records.reduce((sum, { start, end }) => sum + end - start, 0)
  if (segment.bytes === content.length) return 0
  const fresh = `${segment.path}.new`
  const whole = records.map(({ start, end }) => content.subarray(start, end))
  writeFileSync(fresh, Buffer.concat(whole), { mode: 0o600, flush: true })
  renameSync(fresh, segment.path)
  syncFolder(dirname(segment.path))
  return (isNewest ? (records.at(-1)?.end ?? 0) : content.length) - segment.bytes
}

/** So that the names of new files survive a loss of power. Windows has no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
