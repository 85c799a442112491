// No person would see a case whose queue the settings no longer name: the last queue takes it.
import { announce } from '../announce.ts'
import type { ReviewContext } from '../review-context.ts'

/** Cases at once: each statement stays short. */
const BATCH = 5_000

/** A case that somebody has locked is left for the next time. */
export async function adoptCases(context: ReviewContext): Promise<number> {
  let adopted = 0
  for (;;) {
    const some = await adoptSome(context)
    if (some === 0) return adopted
    adopted += some
  }
}

function adoptSome({ db, settings }: ReviewContext): Promise<number> {
  const names = settings.queues.map(({ name }) => name)
  const last = names[names.length - 1]
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('cases')
      .set({ queue: last, is_moved: false, assigned_to: null })
      .where('case_id', 'in', (from) =>
        from
          .selectFrom('cases')
          .select('case_id')
          .where('queue', 'not in', names)
          .limit(BATCH)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await announce(tx, [{ event: 'queue', queue: last }])
    return Number(numUpdatedRows)
  })
}
