// Cursors: where the next page begins, as text that clients do not read.
import { ReviewProblem } from './problems.ts'

export const cursorOf = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** A client may send anything: `checks` say of each part whether it is as a page gave it. */
export function placeOf(cursor: string, checks: readonly ((part: string) => boolean)[]): readonly string[] {
  const place = parsed(cursor)
  const isWhole =
    Array.isArray(place) &&
    place.length === checks.length &&
    place.every(
      (part, at) => (typeof part === 'string' || typeof part === 'number') && checks[at](String(part)),
    )
  if (!isWhole) throw new ReviewProblem('invalid', 'The cursor is not one that a page gave.')
  return place.map(String)
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

export const isInteger = (part: string): boolean => /^\d{1,10}$/.test(part)
export const isCaseNumber = (part: string): boolean => /^[1-9]\d{0,17}$/.test(part)
export const isTime = (part: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(part) &&
  Number.isFinite(Date.parse(part)) &&
  new Date(part).toISOString() === part
