// What a hit is decided together with: all hits of one uploader; without one, of one collection; else it stands alone.
import { createHash } from 'node:crypto'
import type { Hit } from '../../contract/hit.ts'
import { canonicalJson } from '../../contract/json.ts'
import type { CaseKind } from '../store/tables.ts'

export interface CaseSubject {
  readonly kind: CaseKind
  readonly platform: string
  /** The platform's reference of the uploader or the collection; null of a hit alone. */
  readonly ref: string | null
  /** SHA-256, 32 bytes: the primary key of `subjects`. */
  readonly key: Buffer
}

/** A reference means something to its own platform only, so the platform is part of the subject. */
export function caseSubject({ hitId, report }: Hit): CaseSubject {
  const { platform, actorRef, collectionRef } = report
  if (actorRef !== undefined) return subjectOf('actor', platform, actorRef)
  if (collectionRef !== undefined) return subjectOf('collection', platform, collectionRef)
  return { ...subjectOf('hit', platform, hitId), ref: null }
}

const subjectOf = (kind: CaseKind, platform: string, ref: string): CaseSubject => ({
  kind,
  platform,
  ref,
  key: createHash('sha256')
    .update(canonicalJson([kind, platform, ref]))
    .digest(),
})
