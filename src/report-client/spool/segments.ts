// The files of a spool: each is written once from its beginning to its end, sent, and deleted.
import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  for (const number of numbers.sort((a, b) => a - b)) {
    const segment = segmentAt(folder, number)
    damagedBytes += mend(segment)
    if (segment.bytes === 0) unlinkSync(segment.path)
    else segments.push(segment)
  }
  return { segments, damagedBytes }
}

/** Writes the file anew if it has more than whole records. Returns how many bytes that is. */
function mend(segment: Segment): number {
  const content = readFileSync(segment.path)
  const whole = [...wholeRecords(content)].map(({ start, end }) => content.subarray(start, end))
  segment.bytes = whole.reduce((sum, { length }) => sum + length, 0)
  const damaged = content.length - segment.bytes
  if (damaged > 0) {
    const fresh = `${segment.path}.new`
    writeFileSync(fresh, Buffer.concat(whole), { mode: 0o600, flush: true })
    renameSync(fresh, segment.path)
  }
  return damaged
}
