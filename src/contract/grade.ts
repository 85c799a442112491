// The grade of a hit, and how much supports it: both follow from its matches alone, so that merged hits have them, too.
import { isPerceptual } from '../hash/hash-type.ts'
import type { Grade, Hit, Match } from './hit.ts'

/** The list entries that a match points to. */
const entryIds = (match: Match): readonly string[] =>
  match.known.map(({ source, sourceId }) => `${source}:${sourceId}`)

/**
 * How strong the matches are together: `exact` for a SHA-256, or for a SHA-1 and an MD5 of one report that
 * belong to one entry of a list; `exact-weak` for a SHA-1 or an MD5 alone (collisions of both can be made);
 * `perceptual` if a reported perceptual hash that matched came with a quality; `perceptual-weak` if none did. (Without
 * it a nearly blank picture, whose hash matches other blank ones, looks like any other.)
 */
export function grade(matches: readonly Match[]): Grade {
  const ofType = (type: Match['type']): readonly Match[] => matches.filter((match) => match.type === type)
  if (ofType('sha256').length > 0) return 'exact'
  const sha1 = ofType('sha1')
  const md5 = ofType('md5')
  const together = sha1.some((a) =>
    md5.some((b) => a.reportDigest === b.reportDigest && entryIds(a).some((id) => entryIds(b).includes(id))),
  )
  if (together) return 'exact'
  if (sha1.length + md5.length > 0) return 'exact-weak'
  const hasQuality = matches.some(({ type, quality }) => isPerceptual(type) && quality !== undefined)
  return hasQuality ? 'perceptual' : 'perceptual-weak'
}

/** How many independent sources, and how many kinds of hash, agree. */
export function support(matches: readonly Match[]): Hit['support'] {
  return {
    origins: new Set(matches.flatMap((match) => match.known.map(({ origin }) => origin))).size,
    hashTypes: new Set(matches.map(({ type }) => type)).size,
  }
}
