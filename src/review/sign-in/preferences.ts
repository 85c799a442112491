// What a person has set for itself: the keys of the console.
import type { Static } from 'typebox'
import type { KeysBody } from '../../contract/review.ts'
import type { ReviewDatabase } from '../store/connect.ts'

type Keys = Static<typeof KeysBody>['keys']

export async function keysOf(db: ReviewDatabase, subject: string): Promise<Keys> {
  const found = await db
    .selectFrom('preferences')
    .select('keys')
    .where('subject', '=', subject)
    .executeTakeFirst()
  return found?.keys ?? {}
}

export async function setKeys(db: ReviewDatabase, subject: string, keys: Keys): Promise<void> {
  const text = JSON.stringify(keys)
  await db
    .insertInto('preferences')
    .values({ subject, keys: text })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet({ keys: text }))
    .execute()
}
