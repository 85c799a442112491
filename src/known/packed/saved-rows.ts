// Rows of words in a snapshot.
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import type { SnapshotSection } from '../snapshot/write-snapshot.ts'

// Rows in a snapshot: words of 32 bits in the machine's own order (little-endian wherever the search kernel runs).

/** A section of `rows` rows of `width` words; `copyRows` fills `to` with rows, from row `first` on. */
export function rowsSection(
  name: string,
  rows: number,
  width: number,
  copyRows: (first: number, to: Uint32Array) => void,
): SnapshotSection {
  const rowBytes = width * 4
  return {
    name,
    byteLength: rows * rowBytes,
    copy: (from, target) => {
      const first = Math.floor(from / rowBytes)
      const end = Math.ceil((from + target.length) / rowBytes)
      // Whole rows, although only parts of the first and the last may be wanted.
      const words = new Uint32Array((end - first) * width)
      copyRows(first, words)
      const start = from - first * rowBytes
      target.set(new Uint8Array(words.buffer, start, target.length))
    },
  }
}

/** Reads the rows of a section: `take` gets some at a time, packed; the first of them is row `first`. */
export async function readRows(
  reader: SnapshotReader,
  name: string,
  width: number,
  take: (rows: Uint32Array, first: number) => void,
): Promise<void> {
  const rowBytes = width * 4
  let words = new Uint32Array(0)
  let kept = 0
  let row = 0
  for await (const piece of reader.pieces(name)) {
    if (kept === 0 && piece.byteOffset % 4 === 0 && piece.length % rowBytes === 0) {
      // Whole rows, as nearly all are: as they stand.
      take(new Uint32Array(piece.buffer, piece.byteOffset, piece.length / 4), row)
      row += piece.length / rowBytes
      continue
    }
    if (words.byteLength < rowBytes + piece.length) {
      const longer = new Uint32Array(width + Math.ceil(piece.length / 4))
      longer.set(words)
      words = longer
    }
    const bytes = new Uint8Array(words.buffer)
    bytes.set(piece, kept)
    const filled = kept + piece.length
    const count = Math.floor(filled / rowBytes)
    take(words.subarray(0, count * width), row)
    row += count
    bytes.copyWithin(0, count * rowBytes, filled)
    kept = filled - count * rowBytes
  }
}
