// Sections of a snapshot without a file: what one part wrote is read back in pieces of any length.
import type { SnapshotReader } from '../../../src/known/snapshot/section-reader.ts'
import type { SnapshotSection } from '../../../src/known/snapshot/write-snapshot.ts'
import { FACTS } from '../snapshot/snapshot-facts.ts'

/** All bytes of a section, copied as the writer of a snapshot does: `chunkBytes` at a time. */
function bytesOf({ byteLength, copy }: SnapshotSection, chunkBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength)
  for (let from = 0; from < byteLength; from += chunkBytes)
    copy(from, bytes.subarray(from, Math.min(byteLength, from + chunkBytes)))
  return bytes
}

export function readerOf(sections: readonly SnapshotSection[], chunkBytes = 1024): SnapshotReader {
  const byName = new Map(sections.map((section) => [section.name, bytesOf(section, chunkBytes)]))
  const bytesNamed = (name: string): Uint8Array<ArrayBuffer> => {
    const bytes = byName.get(name)
    if (!bytes) throw new Error(`There is no section ${name}`)
    return bytes
  }
  return {
    header: { ...FACTS, sections: sections.map(({ name, byteLength }) => ({ name, byteLength })) },
    byteLengthOf: (name) => bytesNamed(name).length,
    read: async (name, { buffer, byteOffset, byteLength }) => {
      new Uint8Array(buffer, byteOffset, byteLength).set(bytesNamed(name))
    },
    pieces: async function* (name) {
      const bytes = bytesNamed(name)
      // One buffer for all pieces: each is valid until the next one.
      const piece = new Uint8Array(chunkBytes)
      for (let from = 0; from < bytes.length; from += chunkBytes) {
        const some = bytes.subarray(from, from + chunkBytes)
        piece.set(some)
        yield piece.subarray(0, some.length)
      }
    },
  }
}
