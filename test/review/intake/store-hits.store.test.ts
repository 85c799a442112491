// Hits become cases: what belongs together, what begins a new case, and that nothing depends on order or repetition.
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hit, Match } from '../../../src/contract/hit.ts'
import { encodeHit, MAX_MATCHES } from '../../../src/contract/hit.ts'
import { mergeHits } from '../../../src/contract/hit-merge.ts'
import { storeHits, type IntakeSettings } from '../../../src/review/intake/store-hits.ts'
import type { ReviewDatabase } from '../../../src/review/store/connect.ts'
import { hit as anyHit } from '../../contract/arbitraries.ts'
import { decideHits } from '../decided-hits.ts'
import { digestOf, hitOf, matchOf } from '../made-hits.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'

const SETTINGS: IntakeSettings = {
  hitsPerCase: 3,
  queues: [
    { name: 'urgent', title: 'Urgent', when: { classifications: ['ncmec:A1'] } },
    { name: 'all', title: 'All' },
  ],
}

let store: ReviewStore
let db: ReviewDatabase
let runs = 0
/** Each test has a platform, and so subjects, of its own. */
const newPlatform = (): string => `platform-${runs++}`

beforeAll(async () => {
  store = await openReviewStore()
  db = store.server
})
afterAll(() => store.close())

const casesOf = (platform: string) =>
  db.selectFrom('cases').selectAll().where('platform', '=', platform).orderBy('case_id').execute()
const hitsOf = (platform: string) =>
  db.selectFrom('hits').selectAll().where('platform', '=', platform).orderBy('hit_id').execute()

/** Hits of one uploader, numbered. */
const uploads = (platform: string, count: number, from = 0): readonly Hit[] =>
  Array.from({ length: count }, (_, index) =>
    hitOf({ platform, reportId: `r${from + index}`, actorRef: 'actor-1' }),
  )

test('hits of one uploader are one case, of one collection another, and without either each its own', async () => {
  const platform = newPlatform()
  await storeHits(db, SETTINGS, [
    hitOf({ platform, reportId: 'a', actorRef: 'same' }),
    hitOf({ platform, reportId: 'b', actorRef: 'same', collectionRef: 'album' }),
    hitOf({ platform, reportId: 'c', collectionRef: 'same' }),
    hitOf({ platform, reportId: 'd' }),
    hitOf({ platform, reportId: 'e' }),
  ])
  const made = (await casesOf(platform)).map(({ kind, ref, hit_count: hits }) => ({ kind, ref, hits }))
  expect(made).toHaveLength(4)
  expect(made).toEqual(
    expect.arrayContaining([
      { kind: 'actor', ref: 'same', hits: 2 },
      { kind: 'collection', ref: 'same', hits: 1 },
      { kind: 'hit', ref: null, hits: 1 },
    ]),
  )
})

test('a full case is followed by the next one, which names it', async () => {
  const platform = newPlatform()
  await storeHits(db, SETTINGS, uploads(platform, 2))
  await storeHits(db, SETTINGS, uploads(platform, 6, 2))
  const cases = await casesOf(platform)
  expect(cases.map(({ hit_count: hits }) => hits)).toEqual([3, 3, 2])
  expect(cases.map(({ opened_because: because }) => because)).toEqual([
    'first',
    'earlier-full',
    'earlier-full',
  ])
  expect(cases.map(({ earlier_case_id: earlier }) => earlier)).toEqual([
    null,
    cases[0]?.case_id,
    cases[1]?.case_id,
  ])
  expect(cases.map(({ part }) => part)).toEqual([1, 2, 3])
})

test('a case is full at 8 MiB of hits, too, also where they have grown since they came', async () => {
  const platform = newPlatform()
  const settings = { ...SETTINGS, hitsPerCase: 1_000 }
  /** Each match takes about 2 KB. */
  const large = (reportId: string, matches: number): Hit =>
    hitOf({
      platform,
      reportId,
      actorRef: 'actor-1',
      matches: Array.from({ length: matches }, (_, index) => {
        const match = matchOf(`${reportId}-${index}`)
        const known = Array.from({ length: 8 }, (__, at) => ({
          ...match.known[0],
          sourceId: `${at}`.padEnd(64, 'x'),
        }))
        return { ...match, known }
      }),
    })
  const ids = Array.from({ length: 80 }, (_, index) => `r${index}`)
  // 80 small hits that grow to 64 matches each: more than a case takes.
  await storeHits(
    db,
    settings,
    ids.map((id) => large(id, 1)),
  )
  await storeHits(
    db,
    settings,
    ids.map((id) => large(id, 64)),
  )
  await storeHits(db, settings, [large('later', 1)])
  expect((await casesOf(platform)).map(({ hit_count: hits, opened_because: why }) => [hits, why])).toEqual([
    [80, 'first'],
    [1, 'earlier-full'],
  ])
  const { rows } = await sql<{ noted: string; real: string }>`
    select sum(c.hit_bytes) as noted, (select sum(length(h.body)) from hits h where h.platform = ${platform}) as real
    from cases c where c.platform = ${platform}`.execute(db)
  expect(rows[0].noted).toBe(rows[0].real)
  expect(Number(rows[0].real)).toBeGreaterThan(8 * 2 ** 20)
})

test('a hit that comes after the decision opens a new case that names the decided one', async () => {
  const platform = newPlatform()
  await storeHits(db, SETTINGS, uploads(platform, 1))
  const [first] = await casesOf(platform)
  await decideHits(store.owner, first.case_id)
  await storeHits(db, SETTINGS, uploads(platform, 1, 1))
  const [, next] = await casesOf(platform)
  expect(next).toMatchObject({
    opened_because: 'after-decision',
    earlier_case_id: first.case_id,
    hit_count: 1,
  })
})

test('a hit that comes after a first opinion opens a new case: the second one is on the same hits', async () => {
  const platform = newPlatform()
  await storeHits(db, SETTINGS, uploads(platform, 1))
  const [first] = await casesOf(platform)
  await store.owner
    .updateTable('cases')
    .set({ stage: 'second' })
    .where('case_id', '=', first.case_id)
    .execute()
  await storeHits(db, SETTINGS, uploads(platform, 1, 1))
  expect(await casesOf(platform)).toHaveLength(2)
})

/** The same report, with these matches. */
const found = (platform: string, ...matches: readonly Match[]): Hit =>
  hitOf({ platform, reportId: 'x', actorRef: 'actor-1', matches })

describe('a decided hit', () => {
  test('stays decided when it is found again by the matches that the decision was made on', async () => {
    const platform = newPlatform()
    const first = found(platform, matchOf('one'))
    await storeHits(db, SETTINGS, [first])
    const [{ case_id: caseId }] = await casesOf(platform)
    await decideHits(store.owner, caseId)
    const later = { ...first, knownSet: { ...first.knownSet, offset: 9 } }
    expect(await storeHits(db, SETTINGS, [later])).toMatchObject({ changed: 1, reopened: 0 })
    expect(await casesOf(platform)).toHaveLength(1)
    const [stored] = await hitsOf(platform)
    expect(stored.decision_id).not.toBeNull()
    expect(stored.body).toBe(encodeHit(mergeHits(first, later)))
  })

  test('reopens as a new case when it has a match that the decision did not know, and the audit says so', async () => {
    const platform = newPlatform()
    const first = found(platform, matchOf('one'))
    await storeHits(db, SETTINGS, [first])
    const [before] = await casesOf(platform)
    await decideHits(store.owner, before.case_id)
    const [{ decision_id: decisionId }] = await hitsOf(platform)
    const more = found(platform, matchOf('another'))
    expect(await storeHits(db, SETTINGS, [more])).toMatchObject({ reopened: 1 })
    const [old, reopened] = await casesOf(platform)
    expect(old).toMatchObject({ state: 'decided', hit_count: 0 })
    expect(reopened).toMatchObject({
      state: 'open',
      opened_because: 'new-evidence',
      earlier_case_id: old.case_id,
      hit_count: 1,
      undecided_count: 1,
    })
    const [stored] = await hitsOf(platform)
    expect(stored).toMatchObject({
      case_id: reopened.case_id,
      decision_id: null,
      reopened_decision_id: decisionId,
    })
    const entries = await db
      .selectFrom('audit_entries')
      .selectAll()
      .where('case_id', '=', reopened.case_id)
      .execute()
    expect(entries.map(({ action }) => action)).toEqual(['case-reopened'])
    // Redelivered, it changes nothing.
    expect(await storeHits(db, SETTINGS, [more, first])).toEqual({
      added: 0,
      changed: 0,
      reopened: 0,
      newCases: 0,
    })
  })

  test('reopens when another report under its id takes the place of the one that was decided on', async () => {
    const platform = newPlatform()
    const best = Array.from({ length: MAX_MATCHES }, (_, index) => matchOf(`best-${index}`))
    const first = found(platform, ...best)
    await storeHits(db, SETTINGS, [first])
    const [{ case_id: caseId }] = await casesOf(platform)
    await decideHits(store.owner, caseId)
    // Its one match is worse than all that a hit names: only the report is another one.
    const reportDigest = digestOf('another report')
    const other = hitOf({
      platform,
      reportId: first.report.reportId,
      actorRef: 'actor-1',
      report: { contentRef: 'another-file' },
      matches: [
        matchOf('worse', { type: 'md5', value: 'f'.repeat(32), knownValue: 'f'.repeat(32), reportDigest }),
      ],
      fields: { reportDigest, knownSet: { ...first.knownSet, offset: 9 } },
    })
    expect(await storeHits(db, SETTINGS, [other])).toMatchObject({ reopened: 1 })
    const [stored] = await hitsOf(platform)
    expect(stored).toMatchObject({ content_ref: 'another-file', decision_id: null })
    expect(await storeHits(db, SETTINGS, [first, other])).toMatchObject({ changed: 0, reopened: 0 })
  })

  test('is counted under its known entries in the case that it is in', async () => {
    const platform = newPlatform()
    await storeHits(db, SETTINGS, [found(platform, matchOf('one'))])
    const [before] = await casesOf(platform)
    await decideHits(store.owner, before.case_id)
    await storeHits(db, SETTINGS, [found(platform, matchOf('another'))])
    const [, after] = await casesOf(platform)
    const counted = await db
      .selectFrom('entry_cases')
      .select(['case_id', 'hits'])
      .where('case_id', 'in', [before.case_id, after.case_id])
      .execute()
    const once = { case_id: after.case_id, hits: 1 }
    expect(counted).toEqual([once, once])
  })

  test('joins the open case of its uploader when it reopens', async () => {
    const platform = newPlatform()
    const first = found(platform, matchOf('one'))
    await storeHits(db, SETTINGS, [first])
    const [before] = await casesOf(platform)
    await decideHits(store.owner, before.case_id)
    await storeHits(db, SETTINGS, uploads(platform, 1))
    await storeHits(db, SETTINGS, [found(platform, matchOf('another'))])
    expect((await casesOf(platform)).map(({ hit_count: hits }) => hits)).toEqual([0, 2])
  })

  test('leaves a case that is still open for its other hits', async () => {
    const platform = newPlatform()
    const first = found(platform, matchOf('one'))
    await storeHits(db, SETTINGS, [first, ...uploads(platform, 1)])
    const [before] = await casesOf(platform)
    await decideHits(store.owner, before.case_id, [first.hitId])
    await storeHits(db, SETTINGS, [found(platform, matchOf('another'))])
    const cases = await casesOf(platform)
    expect(
      cases.map(({ state, hit_count: hits, undecided_count: undecided }) => [state, hits, undecided]),
    ).toEqual([
      ['open', 1, 1],
      ['open', 1, 1],
    ])
  })
})

test('a case shows the facts of its hits, and its queue follows them unless a supervisor has moved it', async () => {
  const platform = newPlatform()
  const other = matchOf('plain', {
    known: [{ ...matchOf('plain').known[0], classification: { scheme: 'local', code: 'x' } }],
  })
  const late = hitOf({
    platform,
    reportId: 'late',
    actorRef: 'a',
    matches: [other],
    report: { jurisdictions: ['US'] },
  })
  await storeHits(db, SETTINGS, [late])
  expect(await casesOf(platform)).toMatchObject([
    { queue: 'all', classifications: ['local:x'], jurisdictions: ['US'] },
  ])
  const assigned = { assigned_to: 'may-not-see-urgent' }
  await store.owner.updateTable('cases').set(assigned).where('platform', '=', platform).execute()
  const early = hitOf({
    platform,
    reportId: 'early',
    actorRef: 'a',
    receivedAt: '2026-01-01T00:00:00Z',
    fields: { priority: 7 },
    report: { basis: { kind: 'cybertip' }, jurisdictions: ['DE'] },
  })
  await storeHits(db, SETTINGS, [early])
  expect(await casesOf(platform)).toMatchObject([
    {
      queue: 'urgent',
      // Who may not see it there would be waited for in vain.
      assigned_to: null,
      priority: 7,
      oldest_at: new Date('2026-01-01T00:00:00Z'),
      classifications: ['local:x', 'ncmec:A1'],
      jurisdictions: ['DE', 'US'],
      bases: ['cybertip', 'own-terms'],
    },
  ])
  await store.owner
    .updateTable('cases')
    .set({ queue: 'all', is_moved: true, priority: 50, is_raised: true, ...assigned })
    .where('platform', '=', platform)
    .execute()
  await storeHits(db, SETTINGS, [hitOf({ platform, reportId: 'more', actorRef: 'a' })])
  expect(await casesOf(platform)).toMatchObject([{ queue: 'all', priority: 50, hit_count: 3, ...assigned }])
})

/** What is stored of a platform: the merged hits, and which of them share a subject; cases by subject as lists of sizes. */
async function outcomeOf(platform: string) {
  const { rows } = await sql<{ body: string; subject: string }>`
    select h.body, encode(c.subject_key, 'hex') as subject from hits h join cases c using (case_id)
    where h.platform = ${platform} order by h.hit_id`.execute(db)
  const cases = await db
    .selectFrom('cases')
    .select(['kind', 'ref', 'part', 'hit_count', 'undecided_count'])
    .where('platform', '=', platform)
    .orderBy('kind')
    .orderBy('ref')
    .orderBy('subject_key')
    .orderBy('part')
    .execute()
  const { rows: uncounted } = await sql`
    (select e, h.case_id, (h.received_at at time zone 'UTC')::date, count(*)::integer
      from hits h, unnest(h.known_entries) as e group by 1, 2, 3 except all table entry_cases)
    union all
    (table entry_cases except all select e, h.case_id, (h.received_at at time zone 'UTC')::date, count(*)::integer
      from hits h, unnest(h.known_entries) as e group by 1, 2, 3)`.execute(db)
  expect(uncounted).toEqual([])
  return { hits: rows, cases }
}

test('the same hits in any order, batching and repetition make the same cases and the same merged hits', async () => {
  const record = fc.record({
    report: fc.integer({ min: 0, max: 11 }),
    match: fc.constantFrom('m1', 'm2', 'm3'),
    offset: fc.integer({ min: 0, max: 3 }),
    digest: fc.constantFrom('report', 'other'),
  })
  const batches = fc.array(fc.array(fc.nat(), { maxLength: 8 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 24 }), batches, async (records, repeats) => {
      const platform = newPlatform()
      const hits = records.map(({ report, match, offset, digest }) =>
        hitOf({
          platform,
          reportId: `r${report}`,
          // Eight hits of one uploader, two of a collection, two alone.
          ...(report < 8 ? { actorRef: 'a' } : report < 10 ? { collectionRef: 'c' } : {}),
          matches: [matchOf(match, { reportDigest: digestOf(digest) })],
          fields: {
            reportDigest: digestOf(digest),
            knownSet: { offset, digest: digestOf('set'), entries: 1 },
          },
        }),
      )
      await storeHits(db, SETTINGS, hits)
      const once = await outcomeOf(platform)
      await sql`delete from entry_cases`.execute(store.owner)
      await store.owner.deleteFrom('hits').execute()
      await store.owner.deleteFrom('cases').where('platform', '=', platform).execute()
      await sql`delete from subjects s where not exists (select from cases c where c.subject_key = s.subject_key)`.execute(
        store.owner,
      )
      // Some, repeated and in another order, batch by batch; then all, one by one from the end.
      for (const repeat of repeats)
        await storeHits(
          db,
          SETTINGS,
          repeat.map((index) => hits[index % hits.length]),
        )
      for (const one of hits.toReversed()) await storeHits(db, SETTINGS, [one])
      expect(await outcomeOf(platform)).toEqual(once)
      for (const { body } of once.hits) {
        const { hitId, reportsDiffer = false } = JSON.parse(body) as Hit
        const digests = hits.filter((hit) => hit.hitId === hitId).map(({ reportDigest }) => reportDigest)
        expect(reportsDiffer).toBe(new Set(digests).size > 1)
      }
      const grouped = once.cases.filter(({ kind }) => kind !== 'hit')
      for (const parts of Map.groupBy(grouped, ({ kind }) => kind).values())
        for (const { hit_count: count } of parts.slice(0, -1)) expect(count).toBe(SETTINGS.hitsPerCase)
    }),
    { numRuns: 25 },
  )
})

test('reports of one id that name different uploaders are one hit that says so, in the case of the one that came first', async () => {
  const record = fc.record({
    report: fc.integer({ min: 0, max: 3 }),
    actorRef: fc.constantFrom('a', 'b', 'c'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 12 }), async (records) => {
      const told: string[][] = []
      for (const order of [records, records.toReversed()]) {
        const platform = newPlatform()
        const bodies: string[] = []
        for (const { report, actorRef } of order)
          await storeHits(db, SETTINGS, [
            hitOf({
              platform,
              reportId: `r${report}`,
              actorRef,
              matches: [matchOf('m', { reportDigest: digestOf(actorRef) })],
              fields: { reportDigest: digestOf(actorRef) },
            }),
          ])
        const { rows } = await sql<{ report: string; ref: string; body: string }>`
          select h.report_id as report, c.ref, h.body from hits h join cases c using (case_id)
          where h.platform = ${platform} order by h.report_id`.execute(db)
        for (const { report, ref, body } of rows) {
          const same = order.filter((one) => `r${one.report}` === report)
          expect(ref).toBe(same[0].actorRef)
          const { reportsDiffer = false, report: shown, matches } = JSON.parse(body) as Hit
          const uploaders = new Set(same.map(({ actorRef }) => actorRef))
          expect(reportsDiffer).toBe(uploaders.size > 1)
          expect(matches).toHaveLength(uploaders.size)
          bodies.push(JSON.stringify({ reportsDiffer, actorRef: shown.actorRef, matches }))
        }
        told.push(bodies)
      }
      expect(told[1]).toEqual(told[0])
    }),
    { numRuns: 15 },
  )
})

test('every hit that keeps the contract can be stored', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyHit, { minLength: 1, maxLength: 5 }), async (hits) => {
      await storeHits(db, SETTINGS, hits)
      await storeHits(db, SETTINGS, hits)
    }),
    { numRuns: 60 },
  )
  const odd = hitOf({
    reportId: 'odd',
    receivedAt: '2016-12-31T23:59:60Z',
    fields: { priority: Number.MAX_SAFE_INTEGER },
  })
  const lone = matchOf('lone', { known: [{ ...matchOf('lone').known[0], sourceId: 'a\ud800' }] })
  await storeHits(db, SETTINGS, [
    odd,
    hitOf({ reportId: 'lone', receivedAt: '0000-01-01T00:00:00Z', matches: [lone] }),
  ])
})

test('several processes that store the same hits at once make each of them one hit of one case', async () => {
  const platform = newPlatform()
  const hits = Array.from({ length: 40 }, (_, index) =>
    hitOf({ platform, reportId: `r${index}`, actorRef: `actor-${index % 7}` }),
  )
  await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      storeHits(db, SETTINGS, index % 2 === 0 ? hits : hits.toReversed().slice(index)),
    ),
  )
  expect(await hitsOf(platform)).toHaveLength(40)
  const { rows } = await sql<{ counted: number; real: number }>`
    select c.hit_count as counted, (select count(*)::integer from hits h where h.case_id = c.case_id) as real
    from cases c where c.platform = ${platform}`.execute(db)
  expect(rows.every(({ counted, real }) => counted === real)).toBe(true)
})

test('what changed is announced with the transaction, by queue and case', async () => {
  const platform = newPlatform()
  await using listener = await store.listen()
  await storeHits(db, SETTINGS, uploads(platform, 1))
  await storeHits(db, SETTINGS, uploads(platform, 1, 1))
  const [{ case_id: caseId }] = await casesOf(platform)
  await expect
    .poll(() => listener.heard)
    .toEqual([
      { event: 'queue', queue: 'urgent' },
      { event: 'queue', queue: 'urgent' },
      { event: 'case', queue: 'urgent', caseId },
    ])
})
