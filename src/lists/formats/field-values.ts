// What the fields of lists mean, in the forms in which tools write them.
import { isSourceId } from '../../contract/known-hash.ts'
import { timestampOf } from '../../contract/primitives.ts'

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  no: false,
  n: false,
  '0': false,
}

/** A flag: `true`, "True", "1", 1, "Y", "no" …; undefined where it is unknown or missing. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const word = String(value).trim().toLowerCase()
  return Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined
}

/** As .NET wrote dates into JSON: milliseconds since 1970 in UTC; the offset only says how to show them. */
const DOT_NET_DATE = /^\/?Date\((-?\d{1,17})(?:[+-]\d{4})?\)\/?$/
const ISO_DATE =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d)?)?)?$/i

/** A time as RFC 3339 in UTC. One without an offset counts as UTC. undefined: it is none. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const dotNet = DOT_NET_DATE.exec(text)
  if (dotNet) return msTime(Number(dotNet[1]))
  const iso = ISO_DATE.exec(text)
  if (!iso) return undefined
  const [, day, time = '00:00:00', fraction = '', hours, minutes = '00'] = iso
  const clock = time.length === 5 ? `${time}:00` : time
  const offset = hours === undefined ? 'Z' : `${hours}:${minutes}`
  return msTime(Date.parse(`${day}T${clock}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`))
}

/** Seconds since 1970, as a number or text, with a fraction or without, as RFC 3339 in UTC. */
export function secondsTimeOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && /^\d{1,12}(\.\d*)?$/.test(text) ? msTime(Number(text) * 1000) : undefined
}

const msTime = (ms: number): string | undefined => (Number.isFinite(ms) ? timestampOf(ms) : undefined)

const SHORT_TEXT_LENGTH = 64
const TAGS_MAX = 16
// oxlint-disable-next-line no-control-regex -- these are the characters that have to go
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g

/**
 * A text as entries can hold it: in one line, cut to 64 characters, trimmed; undefined if nothing is left. For words that
 * describe, never for ids: two could become one.
 */
export function shortTextOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  // The first characters only: a text can be long, and the expression looks at each one.
  const text = value
    .slice(0, 4 * SHORT_TEXT_LENGTH)
    .replaceAll(CONTROL, ' ')
    .trim()
  return text.slice(0, SHORT_TEXT_LENGTH).toWellFormed().trim() || undefined
}

/**
 * Tags: an array of texts, or one text with semicolons between them, or, if it has none, commas. At most 16, none
 * twice; undefined if there are none.
 */
export function tagsOf(value: unknown): readonly string[] | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const elements: unknown = typeof value === 'string' ? value.split(value.includes(';') ? ';' : ',') : value
  if (!Array.isArray(elements)) return undefined
  const tags = new Set<string>()
  for (const element of elements) {
    const tag = shortTextOf(element)
    if (tag !== undefined) tags.add(tag)
    if (tags.size === TAGS_MAX) break
  }
  return tags.size === 0 ? undefined : [...tags]
}

/** The source's id of a file, exactly as it stands: `0012` is not `12`. undefined: it is none that an entry can hold. */
export function sourceIdOf(value: unknown): string | undefined {
  // Integers that a number can't hold exactly come as text.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return typeof value === 'string' && isSourceId(value) ? value : undefined
}

const CODE = /^[A-Za-z0-9 ._-]{1,32}$/
const WHOLE_NUMBER = /^(\d+)\.0+$/

/** A class of the source's scheme: 1, "1" and 1.0 are one code. undefined: there is none. null: it can't be one. */
export function codeOf(value: unknown): string | undefined | null {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim().replace(WHOLE_NUMBER, '$1')
  if (text === '') return undefined
  return CODE.test(text) ? text : null
}
