// Reports that wait on disk until the gateway has acknowledged them: what was added survives the end of the process.
import { mkdirSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder } from './folder-lock.ts'
import { encodeRecord, HEAD_BYTES, TEXT_MAX_BYTES, wholeRecords } from './record.ts'
import { findSegments, SEGMENT_BYTES, segmentAt, type Segment } from './segments.ts'

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
  #writing: Promise<void> | undefined
  /** With those about to be written. */
  #bytes: number
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
    this.#nextNumber = (this.#segments.at(-1)?.number ?? 0) + 1
  }

  /** Whether all that is on disk was sent. */
  get isEmpty(): boolean {
    return this.#segments.every(({ bytes, sent }) => sent === bytes)
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
    return new Promise((resolve, reject) => {
      this.#additions.push({ record, resolve, reject })
      this.#writing ??= this.#writeAll()
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
      const damaged = content.length < rest ? content.length - HEAD_BYTES - TEXT_MAX_BYTES : rest
      this.damagedBytes += damaged
      await this.release({ texts, segment, end: segment.sent + damaged })
    }
  }

  /** The gateway has the batch, or it is kept elsewhere: it is not sent again, unless the process ends soon. */
  async release({ segment, end }: SpooledBatch): Promise<void> {
    segment.sent = end
    // A file is deleted as a whole. The last one may be about to grow.
    const growing = this.#writing ? this.#segments.at(-1) : undefined
    for (const sent of this.#segments.filter((one) => one.sent === one.bytes && one !== growing))
      await this.#delete(sent)
  }

  /** Reports that are being added are written first. */
  async close(): Promise<void> {
    await this.#writing
    await this.#handle?.close()
    this.#handle = undefined
    this.#unlock()
  }

  async #writeAll(): Promise<void> {
    while (this.#additions.length > 0) {
      const additions = this.#additions
      this.#additions = []
      await this.#write(additions)
    }
    this.#writing = undefined
  }

  async #write(additions: readonly Addition[]): Promise<void> {
    const bytes = Buffer.concat(additions.map(({ record }) => record))
    try {
      const segment = await this.#openSegment()
      const handle = this.#handle
      if (!handle) throw new Error('The spool is closed')
      try {
        await handle.write(bytes, 0, bytes.length, segment.bytes)
        await handle.datasync()
      } catch (error) {
        // Half of it may be there: the next write begins where this one did.
        await handle.truncate(segment.bytes).catch(() => {})
        throw error
      }
      segment.bytes += bytes.length
      for (const { resolve } of additions) resolve()
    } catch (error) {
      this.#bytes -= bytes.length
      for (const { reject } of additions) reject(error)
    }
  }

  async #openSegment(): Promise<Segment> {
    const last = this.#segments.at(-1)
    if (this.#handle && last && last.bytes < SEGMENT_BYTES) return last
    await this.#handle?.close()
    const segment = segmentAt(this.#folder, this.#nextNumber++)
    this.#handle = await open(segment.path, 'wx', 0o600)
    this.#segments.push(segment)
    await syncFolder(this.#folder)
    return segment
  }

  async #delete(segment: Segment): Promise<void> {
    const at = this.#segments.indexOf(segment)
    const handle = at === this.#segments.length - 1 ? this.#handle : undefined
    // All at once, before anything else can be added.
    if (handle) this.#handle = undefined
    this.#segments.splice(at, 1)
    this.#bytes -= segment.bytes
    await handle?.close()
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

/** So that the name of a new file survives a loss of power. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
