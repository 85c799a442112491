// Reports that wait on disk until the gateway has acknowledged them: what was added survives the end of the process.
import { mkdirSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder } from './folder-lock.ts'
import { encodeRecord, HEAD_BYTES, TEXT_MAX_BYTES, wholeRecords } from './record.ts'
import { findSegments, SEGMENT_BYTES, segmentAt, syncFolder, type Segment } from './segments.ts'

/** The spool has as many bytes as it may: the gateway has been away for too long. Nothing was added. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError'
}

/** Some reports that wait, the oldest. */
export interface SpooledBatch {
  /** JSON. */
  readonly texts: readonly string[]
  readonly segment: Segment
  /** Where the next batch begins. */
  readonly end: number
}

interface Addition {
  readonly record: Buffer
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Read from a file at a time. */
const READ_BYTES = 4 * 1024 * 1024

export class Spool {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #unlock: () => void
  /** The oldest first; the last one is written to. */
  readonly #segments: Segment[]
  #nextNumber: number
  #handle: FileHandle | undefined
  #additions: Addition[] = []
  #pending = 0
  /** Files are written and deleted one after the other. */
  #work: Promise<unknown> = Promise.resolve()
  #bytes: number
  /** Bytes that have come, and that have gone, since it was opened. */
  #added: number
  #released = 0
  /** Bytes that were found damaged, and are lost. */
  damagedBytes: number

  /** @throws Error if the folder can't be used, or another process uses it. */
  constructor(folder: string, maxBytes: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#unlock = lockFolder(folder)
    try {
      const { segments, damagedBytes } = findSegments(folder)
      this.#segments = [...segments]
      this.damagedBytes = damagedBytes
    } catch (error) {
      this.#unlock()
      throw error
    }
    this.#bytes = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#added = this.#bytes
    this.#nextNumber = (this.#segments.at(-1)?.number ?? 0) + 1
  }

  /** Whether nothing waits, and nothing is being added. */
  get isEmpty(): boolean {
    return this.#pending === 0 && !this.hasUnsent
  }

  /** Whether something on disk waits. */
  get hasUnsent(): boolean {
    return this.#segments.some(({ bytes, sent }) => sent < bytes)
  }

  /** How far it was filled, in bytes, once all that is being added is there. */
  async filled(): Promise<number> {
    await this.#serially(() => Promise.resolve())
    return this.#added
  }

  /** How far it was released, on the same scale. */
  get released(): number {
    return this.#released
  }

  /** The file of reports that the gateway can't take. */
  get rejectedFile(): string {
    return join(this.#folder, 'rejected.ndjson')
  }

  /** Resolves once it is on disk. Reports that are added meanwhile are written together. @throws SpoolFullError */
  add(text: string): Promise<void> {
    const record = encodeRecord(text)
    if (record.length > HEAD_BYTES + TEXT_MAX_BYTES)
      return Promise.reject(new RangeError(`A report has at most ${TEXT_MAX_BYTES} bytes`))
    if (this.#bytes + record.length > this.#maxBytes)
      return Promise.reject(
        new SpoolFullError(
          `The spool holds ${this.#maxBytes} bytes that the gateway has not acknowledged: the report was not taken`,
        ),
      )
    this.#bytes += record.length
    this.#pending++
    return new Promise((resolve, reject) => {
      // The others of the same write are taken along.
      if (this.#additions.push({ record, resolve, reject }) === 1) void this.#serially(() => this.#writeAll())
    })
  }

  /** Undefined: none waits. The same batch comes again until it is released. */
  async next(mostReports: number, mostBytes: number): Promise<SpooledBatch | undefined> {
    for (;;) {
      const segment = this.#segments.find(({ bytes, sent }) => sent < bytes)
      if (segment === undefined) return undefined
      const rest = segment.bytes - segment.sent
      const content = await readPart(segment.path, segment.sent, Math.min(rest, READ_BYTES))
      const texts: string[] = []
      let end = 0
      for (const record of wholeRecords(content)) {
        if (texts.length > 0 && (texts.length === mostReports || record.end > mostBytes)) break
        this.damagedBytes += record.start - end
        texts.push(record.text)
        end = record.end
      }
      if (texts.length > 0) return { texts, segment, end: segment.sent + end }
      // Damaged since it was written. The last bytes of a part may be the beginning of a whole record.
      const isPart = content.length === READ_BYTES && content.length < rest
      const damaged = isPart ? content.length - HEAD_BYTES - TEXT_MAX_BYTES : rest
      this.damagedBytes += damaged
      await this.release({ texts, segment, end: segment.sent + damaged })
    }
  }

  /** The gateway has the batch, or it is kept elsewhere: it is not sent again, unless the process ends soon. */
  async release({ segment, end }: SpooledBatch): Promise<void> {
    this.#released += end - segment.sent
    segment.sent = end
    // A file is deleted as a whole, and while none is written to.
    await this.#serially(async () => {
      for (const sent of this.#segments.filter((one) => one.sent === one.bytes)) await this.#delete(sent)
    })
  }

  /** Reports that are being added are written first. */
  close(): Promise<void> {
    return this.#serially(async () => {
      await this.#handle?.close()
      this.#handle = undefined
      this.#unlock()
    })
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return done
  }

  async #writeAll(): Promise<void> {
    const additions = this.#additions
    this.#additions = []
    const bytes = Buffer.concat(additions.map(({ record }) => record))
    try {
      await this.#write(bytes)
      this.#added += bytes.length
      for (const { resolve } of additions) resolve()
    } catch (error) {
      this.#bytes -= bytes.length
      for (const { reject } of additions) reject(error)
    }
    this.#pending -= additions.length
  }

  async #write(bytes: Buffer): Promise<void> {
    const { segment, handle } = await this.#openSegment()
    try {
      // A disk that is nearly full takes a part, and says so by the next write.
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, segment.bytes + at)
        at += bytesWritten
      }
      await handle.datasync()
    } catch (error) {
      // Half of it may be there: the next write begins where this one did.
      await handle.truncate(segment.bytes).catch(() => {})
      throw error
    }
    segment.bytes += bytes.length
  }

  async #openSegment(): Promise<{ readonly segment: Segment; readonly handle: FileHandle }> {
    const last = this.#segments.at(-1)
    if (this.#handle && last && last.bytes < SEGMENT_BYTES) return { segment: last, handle: this.#handle }
    await this.#handle?.close()
    this.#handle = undefined
    const segment = segmentAt(this.#folder, this.#nextNumber++)
    const handle = await open(segment.path, 'wx', 0o600)
    syncFolder(this.#folder)
    this.#handle = handle
    this.#segments.push(segment)
    return { segment, handle }
  }

  async #delete(segment: Segment): Promise<void> {
    const isLast = segment === this.#segments.at(-1)
    if (isLast) {
      await this.#handle?.close()
      this.#handle = undefined
    }
    this.#segments.splice(this.#segments.indexOf(segment), 1)
    this.#bytes -= segment.bytes
    await unlink(segment.path)
  }
}

async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const content = Buffer.alloc(length)
    const { bytesRead } = await handle.read(content, 0, length, from)
    return content.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
