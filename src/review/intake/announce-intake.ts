// Says which queues and cases an intake has changed.
import type { Transaction } from 'kysely'
import { announce, type Announcement } from '../announce.ts'
import type { Tables } from '../store/tables.ts'
import type { WrittenCase } from './write-plan.ts'

/** Of more cases at once only the queues are named: every browser would ask again for the rest. */
const MOST_CASES = 50

export async function announceIntake(
  tx: Transaction<Tables>,
  written: readonly WrittenCase[],
): Promise<void> {
  const queues = new Set(
    written.flatMap(({ queue, fromQueue }) => (fromQueue === undefined ? [queue] : [queue, fromQueue])),
  )
  const changed = written.filter(({ fromQueue }) => fromQueue !== undefined)
  const announcements: Announcement[] = [...queues].map((queue) => ({ event: 'queue', queue }))
  if (changed.length <= MOST_CASES)
    announcements.push(...changed.map(({ caseId, queue }) => ({ event: 'case' as const, queue, caseId })))
  await announce(tx, announcements)
}
