// A list between reading and publishing: the fields that are kept, in a file that only this process can open.
import { randomUUID } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Shorter lists stay in memory: the pages of a source that is read every few minutes. In characters. */
const MEMORY_LENGTH = 4 * 1024 * 1024
/** What a longer list writes at once, in characters. */
const WRITE_LENGTH = 512 * 1024
const READ_BYTES = 1024 * 1024
const LINE_FEED = 0x0a
const OWNER_ONLY = 0o600

/** The temporary folder can't be used. The message says why, and what to do. */
export class StagingError extends Error {
  readonly code = 'STAGING'
  override readonly name = 'StagingError'

  constructor(cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const why = code === 'ENOSPC' ? 'the disk is full' : code
    super(
      `The list can't be kept in the temporary folder ${tmpdir()} while it is compared (${why}): make room there, or name another folder in TMPDIR. Nothing was published.`,
      { cause },
    )
  }
}

/**
 * Batches of records, written once and read as often as needed. The file has no name any more once it is open: the system
 * frees it when the process ends, however that is.
 */
export class Staging<Item> {
  #file: FileHandle | undefined
  #fileBytes = 0
  #texts: string[] = []
  #textLength = 0

  async write(records: readonly Item[]): Promise<void> {
    if (records.length === 0) return
    const text = `${JSON.stringify(records)}\n`
    this.#texts.push(text)
    this.#textLength += text.length
    if (this.#textLength > (this.#file ? WRITE_LENGTH : MEMORY_LENGTH)) await this.#spill()
  }

  async *read(): AsyncGenerator<readonly Item[]> {
    // Only what `write` has written is read.
    for await (const line of this.#lines()) yield JSON.parse(line) as readonly Item[]
  }

  async close(): Promise<void> {
    this.#texts = []
    await this.#file?.close()
  }

  async #spill(): Promise<void> {
    const bytes = Buffer.from(this.#texts.join(''))
    this.#texts = []
    this.#textLength = 0
    try {
      this.#file ??= await openUnnamed()
      await this.#file.writeFile(bytes)
    } catch (error) {
      throw new StagingError(error)
    }
    this.#fileBytes += bytes.length
  }

  async *#lines(): AsyncGenerator<string> {
    let rest: Buffer[] = []
    for await (const chunk of this.#chunks()) {
      let from = 0
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
        const line = chunk.subarray(from, end)
        yield (rest.length === 0 ? line : Buffer.concat([...rest, line])).toString('utf8')
        rest = []
        from = end + 1
      }
      // The next read overwrites the chunk.
      if (from < chunk.length) rest.push(Buffer.from(chunk.subarray(from)))
    }
    yield* this.#texts
  }

  /** Each chunk is valid until the next one is asked for. */
  async *#chunks(): AsyncGenerator<Buffer> {
    const room = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#fileBytes))
    for (let at = 0; at < this.#fileBytes;) {
      const length = Math.min(room.length, this.#fileBytes - at)
      // A file that has bytes is open.
      const read = await this.#file?.read(room, 0, length, at)
      if (!read || read.bytesRead === 0) throw new StagingError('it was cut off')
      yield room.subarray(0, read.bytesRead)
      at += read.bytesRead
    }
  }
}

async function openUnnamed(): Promise<FileHandle> {
  const path = join(tmpdir(), `hashwarden-${randomUUID()}`)
  const file = await open(path, 'wx+', OWNER_ONLY)
  // Before the first byte is written.
  unlinkSync(path)
  return file
}
