// Reads the sections of a snapshot, and verifies each byte of them.
import type { OpenFile } from './open-file.ts'
import type { ChunkLayout } from './snapshot-head.ts'
import type { SnapshotHeader } from './snapshot-header.ts'
import type { SectionPlace } from './snapshot-layout.ts'

/** The sections of a snapshot that is being loaded, in any order, one at a time. Every method throws SnapshotRefusal. */
export interface SnapshotReader {
  readonly header: SnapshotHeader
  /** Bytes of a section. */
  byteLengthOf(name: string): number
  /** Fills `target`, which is as long as the section, with verified bytes only. */
  read(name: string, target: ArrayBufferView): Promise<void>
  /** The section's bytes in order, piece by piece. Each piece is valid until the next one. */
  pieces(name: string): AsyncIterable<Uint8Array>
}

/** Reads sections chunk by chunk, and keeps track of those that were never read. */
export class SectionReader implements SnapshotReader {
  readonly header: SnapshotHeader
  readonly #file: OpenFile
  readonly #layout: ChunkLayout
  readonly #onProgress: (bytesDone: number, bytesTotal: number) => void
  readonly #unread: Map<string, SectionPlace>
  /** Two buffers: one is read into while the caller takes the chunk in the other. */
  readonly #stored: readonly [Buffer, Buffer]
  #bytesDone = 0

  constructor(
    file: OpenFile,
    header: SnapshotHeader,
    layout: ChunkLayout,
    onProgress: (bytesDone: number, bytesTotal: number) => void = () => {},
  ) {
    this.#file = file
    this.header = header
    this.#layout = layout
    this.#onProgress = onProgress
    this.#unread = new Map(layout.plan.sections.map((place) => [place.name, place]))
    const longest = layout.plan.sections.reduce((most, { byteLength }) => Math.max(most, byteLength), 0)
    const stored = Math.min(layout.chunkBytes, longest) + layout.seal.byteLength
    this.#stored = [Buffer.alloc(stored), Buffer.alloc(stored)]
  }

  byteLengthOf(name: string): number {
    return this.#place(name).byteLength
  }

  async read(name: string, { buffer, byteOffset, byteLength }: ArrayBufferView): Promise<void> {
    const place = this.#place(name)
    if (byteLength !== place.byteLength) {
      throw this.#file.refusal(
        'other-version',
        `has a section ${name} of ${place.byteLength} bytes where ${byteLength} belong`,
      )
    }
    const target = new Uint8Array(buffer, byteOffset, byteLength)
    let at = 0
    for await (const piece of this.#chunks(place)) {
      target.set(piece, at)
      at += piece.length
    }
  }

  pieces(name: string): AsyncIterable<Uint8Array> {
    return this.#chunks(this.#place(name))
  }

  /** Verifies the sections that were not read to their end, and the end of the file. */
  async verifyRest(): Promise<void> {
    for (const place of this.#unread.values()) for await (const _ of this.#chunks(place));
    const { seal, plan } = this.#layout
    const end = await this.#file.read(plan.endAt, seal.byteLength, this.#stored[0])
    if (!seal.open(plan.endChunk, true, Buffer.alloc(0), end)) throw this.#file.damaged('end')
    this.#progress(plan.byteLength)
  }

  async *#chunks(place: SectionPlace): AsyncIterable<Uint8Array> {
    const { chunkBytes, seal } = this.#layout
    const lengthOf = (chunk: number): number => Math.min(chunkBytes, place.byteLength - chunk * chunkBytes)
    const read = (chunk: number): Promise<Buffer> => {
      const at = place.at + chunk * (chunkBytes + seal.byteLength)
      return this.#file.read(at, lengthOf(chunk) + seal.byteLength, this.#stored[chunk % 2])
    }
    let next = place.chunks > 0 ? read(0) : undefined
    try {
      for (let chunk = 0; next; chunk++) {
        const stored = await next
        next = chunk + 1 < place.chunks ? read(chunk + 1) : undefined
        // If this read fails while the caller takes the chunk before, the error is thrown in its turn.
        next?.catch(() => {})
        const length = lengthOf(chunk)
        const opened = seal.open(
          place.firstChunk + chunk,
          false,
          stored.subarray(0, length),
          stored.subarray(length),
        )
        if (!opened) throw this.#file.damaged(`section ${place.name}`)
        if (this.#unread.has(place.name)) this.#progress(this.#bytesDone + stored.length)
        yield opened
      }
    } finally {
      // Ends the read-ahead, or it would write into a buffer that another section uses by then.
      await next?.catch(() => {})
    }
    this.#unread.delete(place.name)
  }

  #progress(bytesDone: number): void {
    this.#bytesDone = bytesDone
    this.#onProgress(bytesDone, this.#layout.plan.byteLength)
  }

  #place(name: string): SectionPlace {
    const place = this.#layout.plan.sections.find((one) => one.name === name)
    if (!place) throw this.#file.refusal('other-version', `has no section ${name}`)
    return place
  }
}
