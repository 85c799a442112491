// Files of values for `hashwarden search`: read whole, or in batches as they come. Degenerate values are left out.
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { degeneracyOfPacked } from '../../hash/degenerate.ts'
import { hexDigits, wordCount, type HashType } from '../../hash/hash-type.ts'
import { TextInput } from '../../lists/input/text-input.ts'
import { withRoom } from '../../search/growth.ts'
import { ValueLines, type ValueSink } from './value-lines.ts'

/** Bad lines shown one by one; the rest is counted. */
const MAX_BAD_LINES_SHOWN = 20
/** A batch of queries that isn't full is answered when no more have come for this time: a person may be typing. */
const PAUSE_MS = 20

/** A file of values, one a line; `-` is standard input. */
export interface ValueFile {
  readonly name: string
  readonly type: HashType
  /** The length of a regular file; undefined for a pipe. */
  readonly bytes: number | undefined
}

export async function valueFile(name: string, type: HashType): Promise<ValueFile> {
  const stats = name === '-' ? undefined : await stat(name)
  return { name, type, bytes: stats?.isFile() ? stats.size : undefined }
}

/** The most values that a file can hold, if it isn't packed; undefined for a pipe. */
export const mostValues = ({ bytes, type }: ValueFile): number | undefined =>
  bytes === undefined ? undefined : Math.ceil(bytes / (hexDigits(type) + 1))

/** Lines that give no values: says where and why, never what they hold. */
class BadLinesError extends Error {
  readonly code = 'BAD_LINES'
  override readonly name = 'BadLinesError'
}

/** Gets everything about a file except its values. */
export interface ValueListener {
  /** How many bytes of the file have been read so far. */
  readonly onRead: (bytes: number) => void
  /** At the end: lines that were bad, or values that were left out, in words. */
  readonly onBadLines: (text: string) => void
  readonly onLeftOut: (text: string) => void
}

/** Takes a file's values but for the degenerate ones, and counts what it doesn't take. */
class FileValues implements ValueSink {
  readonly #file: ValueFile
  readonly #take: (words: Uint32Array) => void
  readonly #shown: string[] = []
  #badLines = 0
  #degenerate = 0
  #ofOtherTypes = 0

  constructor(file: ValueFile, take: (words: Uint32Array) => void) {
    this.#file = file
    this.#take = take
  }

  value(words: Uint32Array): void {
    if (degeneracyOfPacked(this.#file.type, words)) this.#degenerate++
    else this.#take(words)
  }

  otherType(): void {
    this.#ofOtherTypes++
  }

  badLine(line: number, problem: string): void {
    if (this.#badLines++ >= MAX_BAD_LINES_SHOWN) return
    const { name } = this.#file
    this.#shown.push(`${name === '-' ? `line ${line}` : `${name}:${line}`}: ${problem}`)
  }

  /** The bad lines in words; undefined without any. */
  get badLines(): string | undefined {
    if (this.#badLines === 0) return undefined
    const more = this.#badLines - this.#shown.length
    return [...this.#shown, ...(more > 0 ? [`… and ${more} more bad lines`] : [])].join('\n')
  }

  /** What was left out, in words; undefined if nothing was. */
  get leftOut(): string | undefined {
    const { name, type } = this.#file
    const lines = [
      ...(this.#degenerate > 0
        ? [`${this.#degenerate} degenerate ${type} values left out: they say nothing of a file`]
        : []),
      ...(this.#ofOtherTypes > 0 ? [`${this.#ofOtherTypes} values of other types left out`] : []),
    ]
    return lines.length === 0
      ? undefined
      : lines.map((line) => `${name === '-' ? 'standard input' : name}: ${line}`).join('\n')
  }
}

/**
 * Reads the whole file and hands each value to `take`, packed, in words that are valid until it returns. Throws a
 * BadLinesError at the end if a line gives no value: a set with gaps would miss matches in silence.
 */
export async function readValues(
  file: ValueFile,
  take: (words: Uint32Array) => void,
  { onRead, onLeftOut }: Pick<ValueListener, 'onRead' | 'onLeftOut'>,
): Promise<void> {
  const values = new FileValues(file, take)
  const lines = new ValueLines(file.type, values)
  for await (const chunk of new TextInput(file.name, { onRead })) lines.push(chunk)
  lines.end()
  if (values.badLines) throw new BadLinesError(`${values.badLines}\nNothing was searched.`)
  if (values.leftOut) onLeftOut(values.leftOut)
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
 * input pauses. A batch is valid until the next is asked for. Lines that give no value are said at the end, and the
 * others are read all the same.
 */
export async function* valueBatches(
  file: ValueFile,
  size: number,
  { onRead, onBadLines, onLeftOut }: ValueListener,
): AsyncGenerator<Uint32Array> {
  const words = wordCount(file.type)
  const batchWords = size * words
  let waiting = new PackedValues(size, words)
  const values = new FileValues(file, (value) => waiting.push(value))
  const lines = new ValueLines(file.type, values)
  const input = new TextInput(file.name, { onRead })
  const chunks = input[Symbol.asyncIterator]()
  try {
    let next = ahead(chunks)
    for (;;) {
      const paused = waiting.length > 0 && (await Promise.race([next.then(() => false), pause()]))
      if (!paused) {
        const chunk = await next
        if (chunk.done) break
        lines.push(chunk.value)
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
    if (values.badLines) onBadLines(values.badLines)
    if (values.leftOut) onLeftOut(values.leftOut)
  } finally {
    // Also ends a read that still waits for a writer, when the answers' reader has gone.
    input.destroy()
  }
}

/** Asks for the next chunk, which is read while a batch is searched; the caller awaits it, and meets its error, later. */
function ahead(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  const next = chunks.next()
  next.catch(() => {})
  return next
}

const pause = (): Promise<true> => sleep(PAUSE_MS, true as const)
