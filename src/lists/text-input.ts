// The one way in which commands read text: from a file or from standard input, plain or packed, in UTF-8 or UTF-16.
import { createReadStream } from 'node:fs'
import { pipeline, Readable, type Duplex } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

const CHUNK_BYTES = 1 << 20
/** Longer lines are cut to this length. No line that means something is as long. */
const MAX_LINE_BYTES = 64 * 1024
/** The first bytes, up to this number, tell the form of a file. */
/** How often a text may be packed within itself. An archive can be made that unpacks to itself for ever. */
const MAX_PACKINGS = 2
const HEAD_BYTES = 4

/** A zero byte among the first 4,096 bytes of the first chunk shows that a file is no text. */
const BINARY_BYTES = 4096

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** A file that can't be read as text: names the file, its form, and what to do. */
class TextInputError extends Error {
  readonly code = 'TEXT_INPUT'
  override readonly name = 'TextInputError'
}

/**
 * The text of a file (`-`: standard input) as UTF-8 bytes, in pieces of any size. Lines end with one line feed, however
 * they end in the file; a byte order mark is left out; UTF-16, gzip and zstd are unpacked. Reading throws a
 * TextInputError if the file is something else (a zip file, for example), and the system's error if it can't be opened.
 * It can be read once.
 */
export class TextInput implements AsyncIterable<Buffer> {
  readonly #name: string
  readonly #onRead: (bytes: number) => void
  readonly #source: Readable

  /** `onRead` gets how many bytes of the file have been read so far. */
  constructor(name: string, onRead: (bytes: number) => void = () => {}) {
    this.#name = name === '-' ? 'standard input' : name
    this.#onRead = onRead
    this.#source = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES })
  }

  [Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    return this.#text(this.#bytes())
  }

  /** Ends reading, also a read that still waits for the writer of a pipe. */
  destroy(): void {
    this.#source.destroy()
  }

  async *#bytes(): AsyncGenerator<Buffer> {
    let bytes = 0
    // A stream without an encoding gives buffers.
    for await (const chunk of this.#source as AsyncIterable<Buffer>) {
      this.#onRead((bytes += chunk.length))
      yield chunk
    }
  }

  async *#text(chunks: AsyncGenerator<Buffer>, packings = 0): AsyncGenerator<Buffer> {
    const { head, ended } = await readHead(chunks)
    const rest = ended ? [] : chunks
    const form = formOf(head)
    if (form.kind === 'packed') {
      if (packings === MAX_PACKINGS)
        throw new TextInputError(
          `${this.#name} is packed more than ${MAX_PACKINGS} times over: unpack it first`,
        )
      yield* this.#unpacked(concatenated(head, rest), form, packings + 1)
    } else if (form.kind === 'other')
      throw new TextInputError(`${this.#name} is ${form.what}, not text: ${form.remedy}`)
    else {
      const text = concatenated(head.subarray(form.markBytes), rest)
      yield* withLineFeeds(form.encoding === 'utf-8' ? text : fromUtf16(text, form.encoding))
    }
  }

  async *#unpacked(
    bytes: AsyncIterable<Buffer>,
    { name, unpack }: Packed,
    packings: number,
  ): AsyncGenerator<Buffer> {
    const unpacked = unpack()
    // Errors of both come to the reader below.
    pipeline(Readable.from(bytes), unpacked, () => {})
    try {
      // The unpacked bytes are text, or packed once more. A stream without an encoding gives buffers.
      yield* this.#text(unpacked[Symbol.asyncIterator]() as AsyncGenerator<Buffer>, packings)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!/^(Z_|ERR_ZSTD|ZSTD)/.test(code)) throw error
      throw new TextInputError(
        `${this.#name} is packed with ${name} and is damaged or cut off: get the whole file again`,
      )
    }
  }
}

/** The lines of a text, without their line feeds. A line over 64 KiB is cut to that. */
export async function* textLines(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer): void => {
    const kept = part.subarray(0, MAX_LINE_BYTES - length)
    if (kept.length === 0) return
    parts.push(kept)
    length += kept.length
  }
  const take = (): Buffer => {
    const line = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    parts = []
    length = 0
    return line
  }
  for await (const chunk of text) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
  }
  if (length > 0) yield take()
}

interface Packed {
  readonly kind: 'packed'
  readonly name: string
  readonly unpack: () => Duplex
}

type Form =
  | Packed
  | {
      readonly kind: 'text'
      readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
      /** Length of the byte order mark. */
      readonly markBytes: number
    }
  | { readonly kind: 'other'; readonly what: string; readonly remedy: string }

const UNPACK = 'unpack it first'

/** The forms by their first bytes. The first that fits counts. */
const FORMS: readonly (readonly [head: readonly number[], form: Form])[] = [
  [[0x1f, 0x8b], { kind: 'packed', name: 'gzip', unpack: () => createGunzip() }],
  [[0x28, 0xb5, 0x2f, 0xfd], { kind: 'packed', name: 'zstd', unpack: () => createZstdDecompress() }],
  [[0x50, 0x4b, 0x03, 0x04], { kind: 'other', what: 'a zip file', remedy: UNPACK }],
  [[0x42, 0x5a, 0x68], { kind: 'other', what: 'packed with bzip2', remedy: UNPACK }],
  [[0xfd, 0x37, 0x7a, 0x58], { kind: 'other', what: 'packed with xz', remedy: UNPACK }],
  [[0x37, 0x7a, 0xbc, 0xaf], { kind: 'other', what: 'a 7z file', remedy: UNPACK }],
  [[0xff, 0xfe, 0, 0], { kind: 'other', what: 'UTF-32', remedy: 'save it as UTF-8' }],
  [[0, 0, 0xfe, 0xff], { kind: 'other', what: 'UTF-32', remedy: 'save it as UTF-8' }],
  [[0xef, 0xbb, 0xbf], { kind: 'text', encoding: 'utf-8', markBytes: 3 }],
  [[0xff, 0xfe], { kind: 'text', encoding: 'utf-16le', markBytes: 2 }],
  [[0xfe, 0xff], { kind: 'text', encoding: 'utf-16be', markBytes: 2 }],
]

function formOf(head: Buffer): Form {
  const known = FORMS.find(([bytes]) => bytes.every((byte, at) => head[at] === byte))
  if (known) return known[1]
  // Without a mark: lists and JSON begin with ASCII, which UTF-16 stretches with zeros.
  const zeros = [...head.subarray(0, HEAD_BYTES)].map((byte) => (byte === 0 ? '0' : 'x')).join('')
  if (zeros === 'x0x0') return { kind: 'text', encoding: 'utf-16le', markBytes: 0 }
  if (zeros === '0x0x') return { kind: 'text', encoding: 'utf-16be', markBytes: 0 }
  // Text has no zero byte, and hardly a picture or a program has none near its beginning.
  if (head.subarray(0, BINARY_BYTES).includes(0))
    return { kind: 'other', what: 'binary data', remedy: 'name a file of lines of text' }
  return { kind: 'text', encoding: 'utf-8', markBytes: 0 }
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

/** The text with a line feed in place of each carriage return and of each pair of both. */
async function* withLineFeeds(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let endedWithReturn = false
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    const continues = endedWithReturn && chunk[0] === LINE_FEED
    endedWithReturn = chunk[chunk.length - 1] === CARRIAGE_RETURN
    const text = continues ? chunk.subarray(1) : chunk
    yield text.includes(CARRIAGE_RETURN) ? replacedReturns(text) : text
  }
}

function replacedReturns(text: Buffer): Buffer {
  const replaced = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const isReturn = text[at] === CARRIAGE_RETURN
    replaced[length++] = isReturn ? LINE_FEED : text[at]
    if (isReturn && text[at + 1] === LINE_FEED) at++
  }
  return replaced.subarray(0, length)
}
