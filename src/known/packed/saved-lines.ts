// JSON lines in a snapshot.
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import { sectionOf, type SnapshotSection } from '../snapshot/write-snapshot.ts'

/** A section of one JSON value a line, for values that are few beside the postings. */
export function linesSection(name: string, values: Iterable<unknown>): SnapshotSection {
  // One string for each value: a single one could exceed the greatest length of a string.
  return sectionOf(name, Buffer.concat([...values].map((value) => Buffer.from(`${JSON.stringify(value)}\n`))))
}

/** Reads the values back. */
export async function readLines(reader: SnapshotReader, name: string): Promise<unknown[]> {
  const bytes = Buffer.alloc(reader.byteLengthOf(name))
  await reader.read(name, bytes)
  const values: unknown[] = []
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf('\n', from)
    values.push(JSON.parse(bytes.toString('utf8', from, end)))
    from = end + 1
  }
  return values
}
