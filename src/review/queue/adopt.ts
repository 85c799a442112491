// No person would see a case whose queue the settings no longer name: the last queue takes it.
import type { ReviewContext } from '../review-context.ts'

/** Cases at once: each statement stays short. */
const BATCH = 5_000

export async function adoptCases({ db, settings }: ReviewContext): Promise<number> {
  const names = settings.queues.map(({ name }) => name)
  let adopted = 0
  for (;;) {
    const { numUpdatedRows } = await db
      .updateTable('cases')
      .set({ queue: names[names.length - 1], is_moved: false, assigned_to: null })
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
    if (numUpdatedRows === 0n) return adopted
    adopted += Number(numUpdatedRows)
  }
}
