// The room `lists` reads the interchange formats of known-hash lists and keeps the topic known-hashes in step
// with them.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { isSourceId } from '../contract/known-hash.ts'
import { HASH_TYPE_NAMES, hexDigits, isHashType, type HashType } from '../hash/hash-type.ts'
import { parseHashValue, type HashValue } from '../hash/hash-value.ts'

/** One entry of a list, before it is given a source. */
export interface ListedHash {
  readonly type: HashType
  readonly value: HashValue
  /** The list's own name for the file; of a bare list, the value. Several types of one file may share it. */
  readonly sourceId: string
}

/** A line that is no entry: says where and why, never what the line holds. */
export interface BadLine {
  readonly line: number
  readonly problem: string
}

/**
 * Reads a plain list: `type value` a line (the ThreatExchange convention for bare lists), optionally followed by
 * the source's id of the file; blank lines and lines that begin with # are passed over.
 */
export async function* readPlainList(file: string): AsyncGenerator<ListedHash | BadLine> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++
    const bare = text.trim()
    if (bare === '' || bare.startsWith('#')) continue
    const parsed = parseLine(bare)
    yield typeof parsed === 'string' ? { line, problem: parsed } : parsed
  }
}

/** An entry, or what is wrong with the line. */
function parseLine(text: string): ListedHash | string {
  const [type, printed, sourceId, ...more] = text.split(/\s+/)
  if (printed === undefined) return 'expected `type value`'
  const name = type.toLowerCase()
  if (!isHashType(name)) return `the first word must be one of ${HASH_TYPE_NAMES.join(', ')}`
  const value = parseHashValue(name, printed)
  if (value === undefined) return `a ${name} value has ${hexDigits(name)} hexadecimal digits`
  if (more.length > 0) return 'more than three words'
  // A byte that is not UTF-8 was read as U+FFFD: two ids could become one.
  if (sourceId !== undefined && (!isSourceId(sourceId) || sourceId.includes('\uFFFD')))
    return "the source's id must be UTF-8 text of at most 64 bytes without control characters"
  return { type: name, value, sourceId: sourceId ?? value }
}
