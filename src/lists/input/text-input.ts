// The one way in which commands read text: from a file or from standard input, plain or packed, in UTF-8 or UTF-16.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { Expansion, EXPANSION_BOUND, type ExpansionBound } from './expansion.ts'
import { formOf, HEAD_BYTES, type Packed } from './text-form.ts'
import { TextInputError } from './text-input-error.ts'
import { withLineFeeds } from './text-lines.ts'
import { openZipMember } from './zip-member.ts'

const CHUNK_BYTES = 128 * 1024
/** How often a text may be packed within itself. An archive can be made that unpacks to itself for ever. */
const MAX_PACKINGS = 2

/** Bytes that come from elsewhere, a response for example, and what to call them in messages. */
export interface NamedStream {
  readonly name: string
  readonly stream: Readable
}

interface TextInputOptions {
  /** Gets how many bytes of the file, packed as it is, have been read so far. */
  readonly onRead?: ((bytes: number) => void) | undefined
  readonly bound?: ExpansionBound
}

/**
 * The text of a file (`-`: standard input) as UTF-8 bytes, in pieces of any size. Lines end with one line feed, however
 * they end in the file; a byte order mark is left out; UTF-16, gzip, zstd and the one list in a zip file are unpacked.
 * Reading throws a TextInputError if the file is something else (a 7z file, for example), is damaged or unpacks to too
 * much, and the system's error if it can't be opened. It can be read once.
 */
export class TextInput implements AsyncIterable<Buffer> {
  readonly #name: string
  /** Where the file lies, if it is one. */
  readonly #path: string | undefined
  readonly #onRead: (bytes: number) => void
  readonly #source: Readable
  readonly #expansion: Expansion

  constructor(
    source: string | NamedStream,
    { onRead = () => {}, bound = EXPANSION_BOUND }: TextInputOptions = {},
  ) {
    const isFile = typeof source === 'string' && source !== '-'
    this.#path = isFile ? source : undefined
    this.#name = isFile ? source : source === '-' ? 'standard input' : source.name
    this.#onRead = onRead
    this.#source = isFile
      ? createReadStream(source, { highWaterMark: CHUNK_BYTES })
      : source === '-'
        ? process.stdin
        : source.stream
    this.#expansion = new Expansion(this.#name, bound)
  }

  [Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    // A stream without an encoding gives buffers.
    return this.#text(this.#counted(this.#source as AsyncIterable<Buffer>))
  }

  /** Ends reading, also a read that still waits for the writer of a pipe. */
  destroy(): void {
    this.#source.destroy()
  }

  async *#counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      this.#onRead(bytes)
      this.#expansion.readUpTo(bytes)
      yield chunk
    }
  }

  async *#text(chunks: AsyncGenerator<Buffer>, packings = 0): AsyncGenerator<Buffer> {
    const { head, ended } = await readHead(chunks)
    const rest = ended ? [] : chunks
    const form = formOf(head)
    if (form.kind === 'packed' || form.kind === 'zip') {
      if (packings === MAX_PACKINGS)
        throw this.#problem(`is packed more than ${MAX_PACKINGS} times over: unpack it first`)
      if (form.kind === 'packed')
        yield* this.#text(this.#unpacked(concatenated(head, rest), form), packings + 1)
      else {
        await chunks.return(undefined)
        yield* this.#zipped(packings)
      }
    } else if (form.kind === 'other') throw this.#problem(`is ${form.what}, not text: ${form.remedy}`)
    else {
      const text = concatenated(head.subarray(form.markBytes), rest)
      yield* withLineFeeds(form.encoding === 'utf-8' ? text : fromUtf16(text, form.encoding))
    }
  }

  async *#zipped(packings: number): AsyncGenerator<Buffer> {
    const path = this.#path
    if (path === undefined || packings > 0 || !(await stat(path)).isFile())
      throw this.#problem(
        'is a zip file in a pipe or within another file, and can be read from a file of its own only: unzip it first',
      )
    const member = await openZipMember(path, this.#name)
    try {
      const packed = this.#counted(member.packed)
      const form = { name: 'zip', unpack: () => createInflateRaw() }
      const plain = member.isDeflated ? this.#unpacked(packed, form) : packed
      yield* this.#text(member.verified(plain), packings + 1)
    } finally {
      member.close()
    }
  }

  async *#unpacked(
    bytes: AsyncIterable<Buffer>,
    { name, unpack }: Pick<Packed, 'name' | 'unpack'>,
  ): AsyncGenerator<Buffer> {
    const unpacked = unpack()
    // Errors of both come to the reader below.
    pipeline(Readable.from(bytes), unpacked, () => {})
    try {
      // A stream without an encoding gives buffers.
      yield* this.#expansion.bounded(unpacked as AsyncIterable<Buffer>)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!/^(Z_|ERR_ZSTD|ZSTD)/.test(code)) throw error
      throw this.#problem(`is packed with ${name} and is damaged or cut off: get the whole file again`)
    }
  }

  #problem(text: string): TextInputError {
    return new TextInputError(`${this.#name} ${text}`)
  }
}

/** The first bytes, enough to tell the form of the file, or all there are. */
async function readHead(
  chunks: AsyncIterator<Buffer>,
): Promise<{ readonly head: Buffer; readonly ended: boolean }> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < HEAD_BYTES) {
    const { done, value } = await chunks.next()
    if (done) return { head, ended: true }
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  return { head, ended: false }
}

async function* concatenated(
  head: Buffer,
  rest: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* rest
}

async function* fromUtf16(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
