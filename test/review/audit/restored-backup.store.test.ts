// A store that was restored from an older backup, while later checkpoints of it are published.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { appendAudit } from '../../../src/review/audit/append.ts'
import { parseCheckpoint, type Checkpoint } from '../../../src/review/audit/checkpoint.ts'
import { startCheckpoints } from '../../../src/review/audit/checkpoints.ts'
import { verifierOf } from '../../../src/review/audit/signed-note.ts'
import { verifyAudit } from '../../../src/review/audit/verify-audit.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { openReviewStore } from '../review-store.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const LOG = 'review.test'
const NEW_LOG = 'review.test/2'

/** Adds some entries and a checkpoint over all of them. */
async function work(db: ReviewDatabase, entries: number, origin = LOG): Promise<void> {
  const events = Array.from({ length: entries }, () => ({ action: 'case-read' as const, actor: 'ada' }))
  await db.transaction().execute((tx) => appendAudit(tx, events, new Date()))
  const checkpoints = startCheckpoints({
    db,
    key: privateKey,
    origin,
    everyEntries: Infinity,
    everyMs: Infinity,
    onFailure: (error) => expect.unreachable(String(error)),
  })
  await checkpoints.make()
  await checkpoints.stop()
}

/** The checkpoints of a store, as they are published. */
async function checkpointsOf(db: ReviewDatabase, origin = LOG): Promise<readonly Checkpoint[]> {
  const rows = await db.selectFrom('audit_checkpoints').select('note').execute()
  return rows
    .map(({ note }) => parseCheckpoint(Buffer.from(note), origin))
    .filter((checkpoint) => checkpoint !== undefined)
}

const verify = (db: ReviewDatabase, published: readonly Checkpoint[], origin = LOG) =>
  verifyAudit({ db, origin, verifiers: [verifierOf({ name: origin, privateKey })], published })

test('an older backup is named by its first missing entry, with what to do, and a new log begins on it', async () => {
  await using live = await openReviewStore()
  await work(live.server, 9)
  await Promise.all([live.server.destroy(), live.owner.destroy()])
  await using restored = await openReviewStore(new URL(live.serverUrl).pathname.slice(1))
  await using db = connect(live.serverUrl)
  await work(db, 9)
  const published = await checkpointsOf(db)

  const older = await verify(restored.server, published)
  expect(older).toMatchObject({
    isIntact: false,
    firstBroken: 9,
    firstBrokenAtMost: 9,
    proven: 9,
    why: 'Entry 9 is missing: checkpoint 18 was signed over it',
  })
  expect(older.warnings?.join()).toMatch(/restored from an older backup.*review\.audit\.origin/)

  await work(restored.server, 11, NEW_LOG)
  // By the old name, entries that came since stand in the places of the lost ones.
  const under = await verify(restored.server, published)
  expect(under).toMatchObject({ isIntact: false, firstBroken: 9 })
  expect(under.warnings?.join()).toMatch(/restored from an older backup/)
  const anew = await verify(restored.server, await checkpointsOf(restored.server, NEW_LOG), NEW_LOG)
  expect(anew).toEqual({ isIntact: true, entries: 20, checkpoints: 1, proven: 20 })
})
