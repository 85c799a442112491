// The hits that judgements are about.
import { decodeHit, type Hit } from '../../contract/hit.ts'
import { mergeHits } from '../../contract/hit-merge.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'

/** Hits by id, of those asked for; one that is missing is no longer in the topic. */
export type FindHits = (hitIds: ReadonlySet<string>) => Promise<ReadonlyMap<string, Hit>>

/** Reads the topic of hits once from its beginning: hits are few beside reports, and feedback is sent now and then. */
export async function hitsInTopic(
  log: EventLog,
  topic: string,
  hitIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Hit>> {
  const hits = new Map<string, Hit>()
  if (hitIds.size === 0) return hits
  await readToEnd(log, topic, ({ key, value }) => {
    const hitId = key?.toString('latin1') ?? ''
    if (!hitIds.has(hitId)) return
    const hit = decodeHit(value)
    if (hit instanceof Rejection || hit.hitId !== hitId) return
    const before = hits.get(hitId)
    hits.set(hitId, before ? mergeHits(before, hit) : hit)
  })
  return hits
}
