// The hits of a topic, each shown once. The topic may hold several records of one hit: of redelivered reports, and of
// reports that were matched again.
import { LRUCache } from 'lru-cache'
import type { Hit } from '../contract/hit.ts'
import { mergeHits } from '../contract/hit-merge.ts'
import { canonicalJson } from '../contract/json.ts'

/** Hits that are remembered, of about 2 KB each. One that comes back later than that is shown as a new one. */
const MAX_REMEMBERED = 50_000

export interface ShownHit {
  /** All that the records so far say together. */
  readonly hit: Hit
  /** Whether a part of it was shown before. */
  readonly isUpdate: boolean
}

export class MergedHits {
  readonly #hits = new LRUCache<string, Hit>({ max: MAX_REMEMBERED })

  /** Takes a record's hit. Undefined if it says nothing that wasn't shown before. */
  take(record: Hit): ShownHit | undefined {
    const before = this.#hits.get(record.hitId)
    const hit = before ? mergeHits(before, record) : record
    this.#hits.set(record.hitId, hit)
    if (before && findingsOf(hit) === findingsOf(before)) return undefined
    return { hit, isUpdate: before !== undefined }
  }
}

/** What was found. The state of the set in which it was found again is no news. */
const findingsOf = ({ matches, matchCount, grade, reportsDiffer }: Hit): string =>
  canonicalJson({ matches, matchCount, grade, reportsDiffer })
