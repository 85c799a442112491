// A hit as the store keeps it: its canonical text, and beside it what it is found and queued by.
import { createHash } from 'node:crypto'
import { evidenceDigest } from '../../contract/decision.ts'
import { encodeHit, type Grade, type Hit, type Match } from '../../contract/hit.ts'

/** Of a column of type integer. */
const MAX_PRIORITY = 2 ** 31 - 1

/** The columns of table `hits` that follow from the hit itself. */
export interface HitRow {
  /** In hexadecimal digits. */
  readonly hit_id: string
  readonly platform: string
  readonly report_id: string
  readonly content_ref: string
  readonly actor_ref: string | null
  readonly collection_ref: string | null
  readonly cybertip_id: string | null
  readonly received_at: string
  readonly grade: Grade
  readonly priority: number
  /** `scheme:code` */
  readonly classifications: readonly string[]
  readonly jurisdictions: readonly string[]
  readonly basis: string
  readonly evidence: string
  readonly match_keys: readonly string[]
  readonly known_entries: readonly string[]
  readonly hash_values: readonly string[]
  readonly body: string
}

export function hitRow(hit: Hit): HitRow {
  const { report, matches } = hit
  const known = matches.flatMap((match) => match.known)
  return {
    hit_id: hit.hitId,
    platform: report.platform,
    report_id: report.reportId,
    content_ref: report.contentRef,
    actor_ref: report.actorRef ?? null,
    collection_ref: report.collectionRef ?? null,
    cybertip_id: report.cybertipId ?? null,
    received_at: storedTime(hit.receivedAt),
    grade: hit.grade,
    priority: Math.min(hit.priority, MAX_PRIORITY),
    classifications: sorted(known.map(({ classification: { scheme, code } }) => `${scheme}:${code}`)),
    jurisdictions: sorted(report.jurisdictions ?? []),
    basis: report.basis.kind,
    evidence: evidenceDigest(matches),
    match_keys: sorted(matches.map(matchKey)),
    known_entries: sorted(known.map(entryName)),
    hash_values: sorted(
      matches.flatMap(({ type, value, knownValue }) => [
        `${type}:${value.toLowerCase()}`,
        `${type}:${knownValue}`,
      ]),
    ),
    body: encodeHit(hit),
  }
}

/** In whole milliseconds. The contract also allows a leap second and the year 0, which brokers never write. */
function storedTime(text: string): string {
  const time = new Date(text.replace(/:60(?=[.Z])/, ':59'))
  return (time.getUTCFullYear() > 0 ? time : new Date(0)).toISOString()
}

/** PostgreSQL keeps no lone surrogates: JSON allows them in an id, so there they become U+FFFD. */
export const entryName = ({
  source,
  sourceId,
}: {
  readonly source: string
  readonly sourceId: string
}): string => `${source}/${sourceId}`.toWellFormed()

/** 96 bits of a digest over what makes two matches one when hits are merged. */
export function matchKey({ type, value, knownValue, distance, orientation, reportDigest }: Match): string {
  const hash = createHash('sha256')
  hash.update(`${type} ${value} ${knownValue} ${distance} ${orientation ?? ''} ${reportDigest}`)
  return hash.digest('base64url').slice(0, 16)
}

export const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort()
