// Fuzzing of parsers: texts that were good, changed by chance. A seed and a number reproduce each one.
import { checkEntry, isSourceId } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import {
  DamagedListError,
  type ListItem,
  type ListedFile,
  type ReadItems,
} from '../../../src/lists/list-item.ts'
import { seededRandom, type Random } from '../../../src/sample/random-hash.ts'
import { mutated } from './mutate.ts'

/** A format as it is fuzzed. */
export interface FuzzedFormat {
  readonly read: ReadItems
  /** Good texts, as few bytes as show everything. */
  readonly corpus: readonly Buffer[]
  /** Pieces of the format, from single quotes to whole fields. */
  readonly tokens: readonly string[]
  /** Set where a bad line costs that line, so that no text is damaged as a whole. */
  readonly isByLine?: true
  /** Throws if a text that the reader took isn't well-formed by another parser. */
  readonly check?: (text: Buffer) => void
}

/** A text that a parser failed on: `number` of `seed` reproduces it. */
class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
}

/** Makes text number n of a seed; each has random numbers of its own, so that one can be made without the others. */
export const textOf = ({ corpus, tokens }: FuzzedFormat, seed: number, number: number): Buffer =>
  mutated(randomOf(seed, number), corpus, tokens)

const randomOf = (seed: number, number: number): Random => seededRandom((seed * 1_000_003 + number) | 0)

export interface FuzzCounts {
  accepted: number
  damaged: number
  items: number
}

/** Reads text number n of a seed. Throws a FuzzFailure if the parser does anything that no text may make it do. */
export async function fuzzOnce(
  format: FuzzedFormat,
  seed: number,
  number: number,
  counts: FuzzCounts,
): Promise<void> {
  const text = textOf(format, seed, number)
  const fail = (what: string, cause?: unknown): never => {
    throw new FuzzFailure(`seed ${seed}, text ${number}: ${what}`, { cause })
  }
  const windows = new Quotes(text)
  try {
    for await (const items of format.read(pieces(randomOf(seed, -number), text)))
      for (const item of items) {
        counts.items++
        const fault = faultOf(item, windows)
        if (fault !== undefined) fail(fault)
      }
  } catch (error) {
    if (error instanceof FuzzFailure) throw error
    if (!(error instanceof DamagedListError)) fail('an error that is no DamagedListError', error)
    else if (windows.has(error.message)) fail('the error quotes the text')
    counts.damaged++
    return
  }
  counts.accepted++
  try {
    format.check?.(text)
  } catch (error) {
    fail('the text is not well-formed and was taken', error)
  }
}

async function* pieces(random: Random, text: Buffer): AsyncGenerator<Buffer> {
  const most = [1, 7, 100, 5_000, 70_000][Math.floor(random() * 5)]
  // Single bytes of a large text take too long.
  const least = Math.ceil(text.length / 20_000)
  for (let at = 0; at < text.length;) {
    const to = Math.min(text.length, at + least + Math.floor(random() * most))
    yield text.subarray(at, to)
    at = to
  }
}

const QUOTED = 12

/** Words of our own messages that are names in the formats, too. */
const OWN_WORDS =
  /signal_type|signal_str|victim_identified|maxtimestamp|queryresult|"SHA-1","MD5","CRC32","FileName"|alternativehashes|disable_until_ts|valid_until|hashstatus|descriptors|indicator_types|hashvalue|classification|fingerprints|@?odata\.(?:context|metadata)|algorithm|hash_digest/gi
const HEX = /[0-9a-f]{12,}/gi

/** Whether messages quote a text: 12 characters of it in a row. */
class Quotes {
  readonly #text: string
  /** Thousands of records of a text may be refused for one reason. */
  readonly #seen = new Map<string, boolean>()

  constructor(text: Buffer) {
    this.#text = text.toString('latin1')
  }

  has(message: string): boolean {
    let found = this.#seen.get(message)
    if (found === undefined) this.#seen.set(message, (found = this.#search(message)))
    return found
  }

  #search(message: string): boolean {
    const words = Buffer.from(message.replaceAll(OWN_WORDS, '\u0001')).toString('latin1')
    for (let at = 0; at + QUOTED <= words.length; at++)
      if (this.#text.includes(words.slice(at, at + QUOTED))) return true
    return false
  }

  /** Names of kinds may be named; values may not. */
  hasValue(name: string): boolean {
    return (name.match(HEX) ?? []).some((digits) => this.#text.includes(digits))
  }
}

/** What is wrong with an item, or undefined. */
function faultOf(item: ListItem, windows: Quotes): string | undefined {
  // The number of a record is no quotation.
  if (windows.has(item.place.replace(/\d{1,9}$/, ''))) return 'a place quotes the text'
  if (item.kind === 'file') return fileFault(item, windows)
  if (item.kind === 'refused') return windows.has(item.reason) ? 'a reason quotes the text' : undefined
  if (item.kind === 'passed-over') return windows.hasValue(item.why) ? 'a count names a value' : undefined
  if (item.kind === 'scheme')
    return /^[A-Za-z0-9._-]{1,16}$/.test(item.scheme) ? undefined : 'a scheme can be none'
  return isSourceId(item.sourceId) ? undefined : 'an id can be none'
}

/** What an entry made of the file would break. */
function fileFault(file: ListedFile, windows: Quotes): string | undefined {
  if (!isSourceId(file.sourceId)) return 'an id can be none'
  if (file.unkept?.some((name) => windows.hasValue(name))) return 'a kind of hash is a value'
  const { sourceId, series, victimIdentified, tags, code = 'none' } = file
  for (const { type, value } of file.hashes) {
    const entry = checkEntry({
      schema: 'known-hash/1',
      type,
      value,
      source: 'fuzz',
      sourceId,
      classification: { scheme: 'fuzz', code },
      role: 'match',
      purpose: 'csam',
      handling: { audience: 'this-deployment', onward: 'none' },
      addedAt: file.changedAt ?? '2026-01-01T00:00:00.000Z',
      ...(series !== undefined && { series }),
      ...(victimIdentified !== undefined && { victimIdentified }),
      ...(tags !== undefined && { tags }),
      ...(file.validUntil !== undefined && { validUntil: file.validUntil }),
    })
    if (!(entry instanceof Rejection)) {
      if (entry.value !== value) return 'a value is not in canonical form'
    } else if (entry.code !== 'degenerate-hash')
      return `it breaks the contract of entries: ${entry.toString()}`
  }
  return undefined
}
