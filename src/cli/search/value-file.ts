import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { hexDigits, wordCount, type HashType } from '../../hash/hash-type.ts'
import { withRoom } from '../../search/growth.ts'
import { ValueLines } from './value-lines.ts'

const CHUNK_BYTES = 1 << 20
/** Bad lines told one by one; the rest is counted. */
const MOST_BAD_LINES_SHOWN = 20
/** A batch of queries that isn't full is answered when no more have come for so long: a person may be typing. */
const PAUSE_MS = 20

/** A file of values, one a line; `-` is standard input. */
export interface ValueFile {
  readonly name: string
  readonly type: HashType
  /** Of a regular file its length; undefined of a pipe. */
  readonly bytes: number | undefined
}

export async function valueFile(name: string, type: HashType): Promise<ValueFile> {
  const stats = name === '-' ? undefined : await stat(name)
  return { name, type, bytes: stats?.isFile() ? stats.size : undefined }
}

/** The most values that a file can hold; undefined of a pipe. */
export const mostValues = ({ bytes, type }: ValueFile): number | undefined =>
  bytes === undefined ? undefined : Math.ceil(bytes / (hexDigits(type) + 1))

/** Lines that are no values: says where, never what they hold. */
class BadLinesError extends Error {
  readonly code = 'BAD_LINES'
  override readonly name = 'BadLinesError'
}

/** Counts a file's bad lines and puts them in words. */
class BadLines {
  readonly #file: ValueFile
  readonly #shown: string[] = []
  count = 0

  constructor(file: ValueFile) {
    this.#file = file
  }

  add(line: number): void {
    if (this.count++ >= MOST_BAD_LINES_SHOWN) return
    const { name, type } = this.#file
    const place = name === '-' ? `line ${line}` : `${name}:${line}`
    this.#shown.push(`${place}: expected one ${type} value of ${hexDigits(type)} hexadecimal digits`)
  }

  toString(): string {
    const more = this.count - this.#shown.length
    return [...this.#shown, ...(more > 0 ? [`… and ${more} more bad lines`] : [])].join('\n')
  }
}

const open = ({ name }: ValueFile): Readable =>
  name === '-' ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES })

/**
 * Reads the whole file and hands each value to `take`, packed, in words that are valid until it returns.
 * `onRead` learns how many bytes have been read. Throws a BadLinesError at the end if a line is no value: a set
 * with gaps would miss matches in silence.
 */
export async function readValues(
  file: ValueFile,
  take: (words: Uint32Array) => void,
  onRead: (bytes: number) => void,
): Promise<void> {
  const badLines = new BadLines(file)
  const lines = new ValueLines(file.type, { value: take, badLine: (line) => badLines.add(line) })
  let bytes = 0
  // A stream without an encoding gives bytes.
  for await (const chunk of open(file) as AsyncIterable<Buffer>) {
    lines.push(chunk)
    onRead((bytes += chunk.length))
  }
  lines.end()
  if (badLines.count > 0) throw new BadLinesError(`${badLines.toString()}\nNothing was searched.`)
}

/** Packed values in an array that grows. */
export class PackedValues {
  #words: Uint32Array
  #length = 0

  /** `expected` values of `wordsPerValue` words; more fit too. Memory is taken as it is written. */
  constructor(expected: number, wordsPerValue: number) {
    this.#words = new Uint32Array(expected * wordsPerValue)
  }

  get length(): number {
    return this.#length
  }

  push(words: Uint32Array): void {
    this.#words = withRoom(Uint32Array, this.#words, this.#length + words.length)
    this.#words.set(words, this.#length)
    this.#length += words.length
  }

  /** The words so far. */
  view(): Uint32Array {
    return this.#words.subarray(0, this.#length)
  }
}

/**
 * Reads the file in batches of `size` values, packed one after the other; a smaller one at the end, and whenever the
 * input pauses. A batch is valid until the next is asked for. A line that is no value is told with `onBadLines`
 * at the end, and the others are read all the same.
 */
export async function* valueBatches(
  file: ValueFile,
  size: number,
  onRead: (bytes: number) => void,
  onBadLines: (text: string) => void,
): AsyncGenerator<Uint32Array> {
  const words = wordCount(file.type)
  const batchWords = size * words
  let waiting = new PackedValues(size, words)
  const badLines = new BadLines(file)
  const lines = new ValueLines(file.type, {
    value: (value) => waiting.push(value),
    badLine: (line) => badLines.add(line),
  })
  const input = open(file)
  // A stream without an encoding gives bytes.
  const chunks = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let bytes = 0
  try {
    let next = ahead(chunks)
    for (;;) {
      const paused = waiting.length > 0 && (await Promise.race([next.then(() => false), pause()]))
      if (!paused) {
        const chunk = await next
        if (chunk.done) break
        lines.push(chunk.value)
        onRead((bytes += chunk.value.length))
        next = ahead(chunks)
      }
      const ready = waiting.view()
      const end = paused ? ready.length : ready.length - (ready.length % batchWords)
      if (end === 0) continue
      waiting = new PackedValues(size, words)
      waiting.push(ready.subarray(end))
      for (let at = 0; at < end; at += batchWords) yield ready.subarray(at, Math.min(at + batchWords, end))
    }
    lines.end()
    if (waiting.length > 0) yield waiting.view()
    if (badLines.count > 0) onBadLines(badLines.toString())
  } finally {
    // Also ends a read that still waits for a writer, when the answers' reader has gone.
    input.destroy()
  }
}

/** Asks for the next chunk, which is read while a batch is searched; it is awaited, and its error met, later. */
function ahead(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  const next = chunks.next()
  next.catch(() => {})
  return next
}

const pause = (): Promise<true> => sleep(PAUSE_MS, true as const)
