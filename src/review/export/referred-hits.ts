// What both formats say of a case: which of its hits are referred, and what the store knows of a file for certain.
import type { Hit, KnownEntry, Match } from '../../contract/hit.ts'
import type { CaseHit, CaseView, DecisionView } from '../../contract/review.ts'
import type { CyberTipExport } from '../../contract/case-export.ts'
import { HASH_TYPE_NAMES, isPerceptual, type HashType } from '../../hash/hash-type.ts'

export interface ReferredHit extends CaseHit {
  readonly decision: DecisionView
}

/**
 * Splits a case by what was decided, each part by hitId. Whatever is not referred, or was referred and then found to be
 * another file, must not come to be submitted.
 */
export function byReferral({ hits }: CaseView): {
  readonly referred: readonly ReferredHit[]
  readonly notReferred: CyberTipExport['notReferred']
} {
  const referred: ReferredHit[] = []
  const notReferred: CyberTipExport['notReferred'] = []
  for (const one of hits.toSorted((a, b) => (a.hit.hitId < b.hit.hitId ? -1 : 1))) {
    const { decision, outcomes } = one
    const { hitId } = one.hit
    const last = outcomes.toSorted((a, b) => (a.reportedAt < b.reportedAt ? -1 : 1)).at(-1)
    if (!decision?.stands || one.isWaiting) notReferred.push({ hitId })
    else if (decision.verdict !== 'refer') notReferred.push({ hitId, verdict: decision.verdict })
    else if (last && last.finding !== 'confirmed')
      notReferred.push({ hitId, verdict: decision.verdict, finding: last.finding })
    else referred.push({ ...one, decision })
  }
  return { referred, notReferred }
}

/** Of different reports under one id, the matches of the one whose fields the hit shows. */
const ownMatches = (hit: Hit): readonly Match[] =>
  hit.matches.filter(({ reportDigest }) => reportDigest === hit.reportDigest)

/** The values that the platform reported for this file, in lower case. Values of lists never leave. */
export function reportedValues(
  hit: Hit,
): readonly { readonly type: HashType; readonly value: string; readonly quality?: number | undefined }[] {
  return HASH_TYPE_NAMES.flatMap((type) => {
    const match = ownMatches(hit).find((one) => one.type === type)
    return match ? [{ type, value: match.value.toLowerCase(), quality: match.quality }] : []
  })
}

/**
 * The list entries of this very file: by its SHA-256, or by its MD5 and SHA-1 in one entry. What a list says of a picture
 * that only looks like this one is no class of this file.
 */
export function entriesOfThisFile(hit: Hit): readonly KnownEntry[] {
  const ofType = (type: HashType): readonly KnownEntry[] =>
    ownMatches(hit)
      .filter((match) => match.type === type)
      .flatMap((match) => match.known)
  const md5 = new Set(ofType('md5').map(nameOf))
  return [...ofType('sha256'), ...ofType('sha1').filter((entry) => md5.has(nameOf(entry)))]
}

const nameOf = ({ source, sourceId }: KnownEntry): string => `${source}/${sourceId}`

/** What lists say, match by match, in words. */
export const listWords = (hit: Hit): readonly string[] =>
  hit.matches.flatMap((match) => {
    const how = isPerceptual(match.type)
      ? `${match.type.toUpperCase()} differs in ${match.distance} of 256 bits (at most ${match.threshold})`
      : `${match.type.toUpperCase()} is equal`
    const turned = match.orientation === undefined ? '' : `, ${match.orientation}`
    return match.known.map(
      ({ source, sourceId, classification: { scheme, code }, addedAt }) =>
        `${how}${turned}: list ${source}, entry ${sourceId}, class ${scheme}:${code}, added ${addedAt}.`,
    )
  })
