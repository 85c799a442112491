// Retention: which hits leave the store and when, what stays of them, and what keeps them.
import { sql } from 'kysely'
import { beforeEach, afterEach, expect, test } from 'vitest'
import { sha256Hex } from '../../../src/contract/json.ts'
import type { Verdict } from '../../../src/contract/decision.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { storeHits } from '../../../src/review/intake/store-hits.ts'
import { retireStep, type Retired } from '../../../src/review/retention/retire-hits.ts'
import { storeClock } from '../../../src/review/review-context.ts'
import { decideHits } from '../decided-hits.ts'
import { hitOf, matchOf } from '../made-hits.ts'
import { openReviewStore, untilOneWaitsFor, type ReviewStore } from '../review-store.ts'

const { review: settings } = loadSettings(undefined, {})
const DAY_MS = 86_400_000

let store: ReviewStore
beforeEach(async () => {
  store = await openReviewStore()
})
afterEach(() => store.close())

const step = (): Promise<Retired> => retireStep({ db: store.server, settings, clock: storeClock })

/** One uploader's case of some hits, decided so many days ago. Returns its id. */
async function decidedCase(
  actorRef: string,
  daysAgo: number,
  verdict: Verdict = 'insufficient',
  hits = 1,
): Promise<string> {
  await storeHits(
    store.server,
    settings,
    Array.from({ length: hits }, (_, index) => hitOf({ reportId: `${actorRef}-${index}`, actorRef })),
  )
  const { case_id: caseId } = await store.server
    .selectFrom('cases')
    .select('case_id')
    .where('ref', '=', actorRef)
    .orderBy('part', 'desc')
    .executeTakeFirstOrThrow()
  await decideHits(store.owner, caseId, undefined, { verdict, at: new Date(Date.now() - daysAgo * DAY_MS) })
  return caseId
}

const left = async (): Promise<readonly (string | null)[]> =>
  (await store.server.selectFrom('hits').select('actor_ref').distinct().orderBy('actor_ref').execute()).map(
    ({ actor_ref: actor }) => actor,
  )

const countOf = async (
  table: 'entry_cases' | 'cases' | 'subjects' | 'decisions' | 'verdicts' | 'outcomes',
): Promise<number> => {
  const { rows } = await sql<{
    count: number
  }>`select count(*)::integer as count from ${sql.table(table)}`.execute(store.server)
  return rows[0].count
}

test('a referred hit leaves after a year, any other after 90 days, and an undecided one never', async () => {
  await decidedCase('refer-young', 364, 'refer')
  await decidedCase('refer-old', 366, 'refer')
  await decidedCase('other-young', 89)
  await decidedCase('other-old', 91)
  await storeHits(store.server, settings, [
    hitOf({ reportId: 'open', actorRef: 'open', receivedAt: '2001-01-01T00:00:00Z' }),
  ])
  expect(await step()).toEqual({ hits: 2, cases: 2 })
  expect(await left()).toEqual(['open', 'other-young', 'refer-young'])
  expect([
    await countOf('cases'),
    await countOf('subjects'),
    await countOf('decisions'),
    await countOf('verdicts'),
  ]).toEqual([3, 3, 2, 2])
  expect(await step()).toEqual({ hits: 0, cases: 0 })
})

test('the audit keeps the digests of a hit and of its case, and no reference', async () => {
  const caseId = await decidedCase('actor-secret', 100)
  const { body } = await store.server.selectFrom('hits').select('body').executeTakeFirstOrThrow()
  await step()
  const entries = await store.server
    .selectFrom('audit_entries')
    .select(['entry', 'action', 'actor'])
    .where('case_id', '=', caseId)
    .orderBy('leaf_index')
    .execute()
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ['retired', 'system'],
    ['retired', 'system'],
  ])
  expect(entries[0].entry).toContain(sha256Hex(body))
  expect(entries.map(({ entry }) => entry).join()).not.toContain('actor-secret')
})

test('a legal hold keeps a case with all its hits, and lets go of it when it is lifted', async () => {
  const caseId = await decidedCase('held', 1_000, 'refer', 3)
  await store.owner.updateTable('cases').set({ legal_hold: true }).where('case_id', '=', caseId).execute()
  expect(await step()).toEqual({ hits: 0, cases: 0 })
  await store.owner.updateTable('cases').set({ legal_hold: false }).execute()
  expect(await step()).toEqual({ hits: 3, cases: 1 })
})

test('hits leave in steps of 200, and their case leaves with the last of them', async () => {
  await decidedCase('many', 100, 'insufficient', 450)
  expect(await step()).toEqual({ hits: 200, cases: 0 })
  expect(await step()).toEqual({ hits: 200, cases: 0 })
  expect(await step()).toEqual({ hits: 50, cases: 1 })
  expect(await countOf('entry_cases')).toBe(0)
})

test('decided hits of a case that still waits stay with it', async () => {
  await storeHits(store.server, settings, [
    hitOf({ reportId: 'a', actorRef: 'x' }),
    hitOf({ reportId: 'b', actorRef: 'x' }),
  ])
  const { case_id: caseId } = await store.server
    .selectFrom('cases')
    .select('case_id')
    .executeTakeFirstOrThrow()
  const [first] = await store.server.selectFrom('hits').select('hit_id').execute()
  await decideHits(store.owner, caseId, [first.hit_id.toString('hex')], { at: new Date(0) })
  expect(await step()).toEqual({ hits: 0, cases: 0 })
})

test('a hit that new evidence has reopened stays with its earlier decision until it is decided again', async () => {
  const caseId = await decidedCase('again', 1_000)
  await storeHits(store.server, settings, [
    hitOf({ reportId: 'again-0', actorRef: 'again', matches: [matchOf('new')] }),
  ])
  expect(await step()).toEqual({ hits: 0, cases: 0 })
  const { case_id: reopened } = await store.server
    .selectFrom('cases')
    .select('case_id')
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  await store.owner.updateTable('decisions').set({ stands: false }).execute()
  await decideHits(store.owner, reopened, undefined, {
    verdict: 'insufficient',
    at: new Date(Date.now() - 100 * DAY_MS),
  })
  await store.owner.updateTable('cases').set({ legal_hold: true }).where('case_id', '=', caseId).execute()
  // The hold is on the case of its first decision.
  expect(await step()).toEqual({ hits: 0, cases: 0 })
  await store.owner.updateTable('cases').set({ legal_hold: false }).execute()
  expect(await step()).toEqual({ hits: 1, cases: 2 })
  expect([await countOf('cases'), await countOf('subjects'), await countOf('decisions')]).toEqual([0, 0, 0])
})

test('a later case loses the name of the one that has left, and the uploader begins anew after the last', async () => {
  await decidedCase('x', 100)
  await storeHits(store.server, settings, [hitOf({ reportId: 'later', actorRef: 'x' })])
  expect(await step()).toEqual({ hits: 1, cases: 1 })
  expect(await store.server.selectFrom('cases').select(['part', 'earlier_case_id']).execute()).toEqual([
    { part: 2, earlier_case_id: null },
  ])
})

test('outcomes leave with their hit, a suspicion about an entry stays', async () => {
  await decidedCase('x', 100, 'list-error-suspected')
  const { decision_id: decisionId, hit_id: hitId } = await store.server
    .selectFrom('decisions')
    .select(['decision_id', 'hit_id'])
    .executeTakeFirstOrThrow()
  await sql`insert into outcomes (outcome_id, hit_id, decision_id, finding, basis, reported_by, reason, reported_at)
    values (gen_random_uuid(), ${hitId}, ${decisionId}, 'confirmed', 'consent', 'a', '', now())`.execute(
    store.owner,
  )
  await sql`insert into suspected_entries (suspicion_id, entry, decision_id, proposed_by, reason, proposed_at)
    values (gen_random_uuid(), 'list/1', ${decisionId}, 'a', '', now())`.execute(store.owner)
  expect(await step()).toEqual({ hits: 1, cases: 1 })
  expect(await countOf('outcomes')).toBe(0)
  expect(
    await store.server.selectFrom('suspected_entries').select(['entry', 'decision_id']).execute(),
  ).toEqual([{ entry: 'list/1', decision_id: null }])
})

test('a suspicion that was undone or corrected does not come back when its hit leaves', async () => {
  await decidedCase('x', 100, 'list-error-suspected')
  // Of the same hit, as a correction leaves it behind.
  await sql`insert into decisions select gen_random_uuid(), verdict_id, case_id, hit_id, stage, verdict, reviewer, reason,
      note, evidence, match_keys, decided_at, null, false from decisions`.execute(store.owner)
  await sql`insert into suspected_entries (suspicion_id, entry, decision_id, proposed_by, reason, proposed_at)
    select gen_random_uuid(), case when stands then 'list/stands' else 'list/corrected' end, decision_id, 'a', '', now()
    from decisions`.execute(store.owner)
  expect(await step()).toEqual({ hits: 1, cases: 1 })
  expect(await store.server.selectFrom('suspected_entries').select('entry').execute()).toEqual([
    { entry: 'list/stands' },
  ])
})

test('several processes retire each hit once', async () => {
  await decidedCase('many', 100, 'insufficient', 300)
  const steps = await Promise.all(Array.from({ length: 5 }, step))
  expect(steps.reduce((sum, { hits }) => sum + hits, 0)).toBeLessThanOrEqual(300)
  while ((await step()).hits > 0);
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from audit_entries`.execute(
    store.server,
  )
  expect(rows[0].count).toBe(301)
})

test('a hit whose decision is corrected while a step waits for its locks stays for the time of the correction', async () => {
  const caseId = await decidedCase('corrected', 100)
  const { subject_key: key } = await store.owner
    .selectFrom('cases')
    .select('subject_key')
    .where('case_id', '=', caseId)
    .executeTakeFirstOrThrow()
  let retiring: Promise<Retired> | undefined
  await store.owner.transaction().execute(async (tx) => {
    await tx.selectFrom('subjects').select('subject_key').where('subject_key', '=', key).forUpdate().execute()
    retiring = step()
    await untilOneWaitsFor(tx)
    await sql`update decisions set stands = false where case_id = ${caseId}`.execute(tx)
    await sql`insert into decisions select gen_random_uuid(), verdict_id, case_id, hit_id, stage, 'refer', reviewer, reason,
        note, evidence, match_keys, now(), decision_id, true from decisions where case_id = ${caseId}`.execute(
      tx,
    )
    await sql`update hits set decision_id = d.decision_id from decisions d
      where d.stands and d.hit_id = hits.hit_id and d.case_id = ${caseId}`.execute(tx)
  })
  expect(await retiring).toEqual({ hits: 0, cases: 0 })
  expect(await left()).toEqual(['corrected'])
})
