// One line of a list of hashes: `type value`, with an id of the source's own or without; a line that `hashwarden hash`
// prints; or the JSON of `hashwarden hash --json`.
import { isSourceId } from '../../contract/known-hash.ts'
import { HASH_TYPE_NAMES } from '../../hash/hash-type.ts'
import { KEPT_TYPE_NAMES } from '../../hash/kept-type.ts'
import type { ListedHash } from '../list-item.ts'
import { describeForm, listedHashOf, listedTypeOf } from './listed-hash.ts'

/** A hash that a line lists, and the list's own name of the file, if the line has one. */
export type LineEntry = ListedHash & { readonly sourceId?: string }

/**
 * The entries of a line, or why it is a bad line; that text never quotes the line. A blank line and a comment have no
 * entries.
 */
export function parseListLine(line: string): readonly LineEntry[] | string {
  const text = line.trim()
  if (text === '' || isComment(text)) return []
  if (text.startsWith('{')) return parseJsonLine(text)
  const parsed = parseWords(text.split(/\s+/))
  return typeof parsed === 'string' ? parsed : [parsed]
}

/** Whether a line is a comment: `hashwarden hash` names the file in one, above the file's hashes. */
export const isComment = (line: string): boolean => line.trimStart().startsWith('#')

function parseWords([name, printed, sourceId, ...more]: readonly string[]): LineEntry | string {
  const type = listedTypeOf(name)
  if (printed === undefined) return 'expected `type value`'
  if (type === undefined)
    return `the first word must be one of ${[...HASH_TYPE_NAMES, ...KEPT_TYPE_NAMES].join(', ')}`
  const hash = listedHashOf(type, printed)
  if (hash === undefined) return describeForm(type)
  const isQuality = sourceId === 'quality' && more.length === 1 && /^\d{1,3}$/.test(more[0])
  if (sourceId === undefined || isQuality) return hash
  if (more.length > 0) return 'more than three words'
  // A byte that is not UTF-8 was read as U+FFFD: two ids could become one.
  if (!isSourceId(sourceId) || sourceId.includes('\uFFFD'))
    return "the source's id must be UTF-8 text of at most 64 bytes without control characters"
  return { ...hash, sourceId }
}

function parseJsonLine(text: string): readonly LineEntry[] | string {
  const hashes = hashesOf(text)
  if (!Array.isArray(hashes)) return 'expected JSON as `hashwarden hash --json` prints it'
  const entries: LineEntry[] = []
  for (const [at, hash] of hashes.entries()) {
    const { type: name, value }: { readonly type?: unknown; readonly value?: unknown } = Object(hash)
    const parsed = parseWords([String(name), String(value)])
    if (typeof parsed === 'string') return `hash ${at + 1}: ${parsed}`
    entries.push(parsed)
  }
  return entries
}

function hashesOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && 'hashes' in value ? value.hashes : undefined
  } catch {
    // The parser's own message quotes the text: it must not reach a terminal or a log.
    return undefined
  }
}
