// Verification holds the decisions in the store against the audit, also those that have left.
import { generateKeyPairSync } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { canonicalJson, sha256Hex } from '../../../src/contract/json.ts'
import { verifierOf } from '../../../src/review/audit/signed-note.ts'
import { verifyAudit } from '../../../src/review/audit/verify-audit.ts'
import { retireStep } from '../../../src/review/retention/retire-hits.ts'
import { matchOf } from '../made-hits.ts'
import { ADA, BEN, sampleHit, SampleRoom } from '../sample-cases.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const DAY_S = 86_400

const verify = ({ store }: SampleRoom) =>
  verifyAudit({
    db: store.server,
    origin: 'test.example',
    verifiers: [verifierOf({ name: 'test.example', privateKey })],
    published: [],
  })

const retire = ({ store, settings, clock }: SampleRoom) => retireStep({ db: store.server, settings, clock })

const entriesOf = async ({ store }: SampleRoom, action: 'decided' | 'retired') => {
  const rows = await store.server
    .selectFrom('audit_entries')
    .select(['leaf_index', 'entry'])
    .where('action', '=', action)
    .orderBy('leaf_index')
    .execute()
  return rows.map(({ leaf_index: index, entry }) => ({
    index: Number(index),
    details: (JSON.parse(entry) as { details: Record<string, unknown> }).details,
  }))
}

/** Two cases, each decided: of three hits and of one. */
async function decidedRoom(): Promise<SampleRoom> {
  const room = await SampleRoom.open()
  const { caseId } = await room.addCase({ hits: [{}, {}, {}] })
  await room.decide(ADA, caseId, 'insufficient')
  await room.decide(ADA, (await room.addCase()).caseId, 'insufficient')
  return room
}

describe('Verification', () => {
  it.each([
    ['verdict', `update decisions set verdict = 'refer'`],
    ['verdict, in the row of all hits that it was given on,', `update verdicts set verdict = 'refer'`],
    ['reason', `update decisions set reason = reason || '!'`],
    ['note', `update decisions set note = note || '!'`],
    ['evidence', `update decisions set evidence = repeat('0', 64)`],
    ['reviewer', `update decisions set reviewer = 'ben'`],
    ['time', `update decisions set decided_at = decided_at - interval '1 day'`],
  ])('names the entry of a decision whose %s was changed by hand', async (_, change) => {
    await using room = await decidedRoom()
    expect(await verify(room)).toMatchObject({ isIntact: true })
    const [, last] = await entriesOf(room, 'decided')
    await sql`${sql.raw(change)} where verdict_id = ${String(last.details['verdictId'])}`.execute(
      room.store.owner,
    )
    expect(await verify(room)).toMatchObject({
      isIntact: false,
      firstBroken: last.index,
      firstBrokenAtMost: last.index,
    })
  })

  it('names the first entry whose decisions were changed, whatever case it is of', async () => {
    await using room = await SampleRoom.open()
    const [early, late] = [await room.addCase(), await room.addCase()]
    await room.decide(ADA, late.caseId)
    await room.decide(ADA, early.caseId)
    await sql`update decisions set note = 'changed'`.execute(room.store.owner)
    const [first] = await entriesOf(room, 'decided')
    expect(await verify(room)).toMatchObject({ isIntact: false, firstBroken: first.index })
  })

  it('finds a decision that was deleted by hand, and one that no entry tells of', async () => {
    await using room = await decidedRoom()
    const [first] = await entriesOf(room, 'decided')
    await sql`with one as (select decision_id from decisions
        where verdict_id = ${String(first.details['verdictId'])} limit 1),
      freed as (update hits set decision_id = null where decision_id in (table one))
      delete from decisions where decision_id in (table one)`.execute(room.store.owner)
    expect(await verify(room)).toMatchObject({ isIntact: false, firstBroken: first.index })

    await using other = await decidedRoom()
    await sql`with v as (insert into verdicts
        select gen_random_uuid(), case_id, stage, reviewer, verdict, 0, false, decided_at, undo_until, null
        from verdicts limit 1 returning *)
      insert into decisions
        select gen_random_uuid(), v.verdict_id, v.case_id, hit_id, v.stage, v.verdict, v.reviewer, '', '', evidence,
          match_keys, v.decided_at, null, false
        from v join decisions d on d.case_id = v.case_id limit 1`.execute(other.store.owner)
    const added = await verify(other)
    expect(added.why).toContain('no entry tells of')
    expect(added).not.toHaveProperty('firstBroken')
  })

  it('holds after opinions that were undone, second opinions, and a note with half of a surrogate pair', async () => {
    await using room = await SampleRoom.open({ secondOpinion: { classifications: ['ncmec:A1'] } })
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}] })
    await room.decide(ADA, caseId, 'refer', [hitIds[0]])
    const { undoId } = await room.decide(ADA, caseId, 'refer', [hitIds[1]])
    await room.service.undo(ADA, undoId)
    await room.decide(ADA, caseId, 'insufficient', [hitIds[1]])
    await room.pass(11)
    const lease = await room.service.leaseCase(BEN, caseId)
    const verdict = await room.verdict(BEN, lease, 'refer')
    await room.service.decide(BEN, caseId, { ...verdict, note: 'half: \ud83d' })
    expect(await verify(room)).toMatchObject({ isIntact: true })
  })

  it('adds up a verdict of which a part has left by retention', async () => {
    await using room = await decidedRoom()
    const [first] = await entriesOf(room, 'decided')
    // The other two hits are as old as their correction.
    await room.pass(60 * DAY_S)
    for (const decision of (await room.store.server.selectFrom('decisions').selectAll().execute()).slice(
      0,
      2,
    ))
      await room.service.correct(ADA, {
        supersedes: decision.decision_id,
        verdict: 'insufficient',
        reason: '',
        note: '',
        evidence: decision.evidence,
      })
    await room.pass(31 * DAY_S)
    expect(await retire(room)).toMatchObject({ hits: 2 })
    expect(await verify(room)).toMatchObject({ isIntact: true })
    await sql`update decisions set note = 'changed' where verdict_id = ${String(first.details['verdictId'])}`.execute(
      room.store.owner,
    )
    expect(await verify(room)).toMatchObject({ isIntact: false, firstBroken: first.index })
    await room.pass(60 * DAY_S)
    expect(await retire(room)).toMatchObject({ hits: 2 })
    // What was changed by hand before it left stays found.
    expect(await verify(room)).toMatchObject({ isIntact: false, firstBroken: first.index })
  })

  it('adds up a hit that left after it was decided in two cases', async () => {
    await using room = await SampleRoom.open()
    const hit = sampleHit({ reportId: 'again' }, { platform: 'example', actorRef: 'again', priority: 1 })
    await room.takeIn([hit])
    const caseOf = async (): Promise<string> =>
      (await room.store.server.selectFrom('hits').select('case_id').executeTakeFirstOrThrow()).case_id
    const earlier = await caseOf()
    await room.decide(ADA, earlier, 'insufficient')
    await room.pass(11)
    await room.takeIn([{ ...hit, matches: [...hit.matches, matchOf('new')], matchCount: 2 }])
    expect(await caseOf()).not.toBe(earlier)
    await room.decide(ADA, await caseOf(), 'insufficient')
    await room.pass(91 * DAY_S)
    expect(await retire(room)).toEqual({ hits: 1, cases: 2 })
    expect(await verify(room)).toMatchObject({ isIntact: true })
  })
})

it('the entry of a hit that has left covers its evidence, each of its decisions, and its outcomes', async () => {
  await using room = await SampleRoom.open()
  const { caseId, hitIds } = await room.addCase()
  await room.decide(ADA, caseId, 'insufficient')
  await room.pass(11)
  await room.service.reportOutcome(ADA, hitIds[0], { finding: 'confirmed', basis: 'consent', reason: 'seen' })
  const { body, evidence } = await room.store.server.selectFrom('hits').selectAll().executeTakeFirstOrThrow()
  const outcome = await room.store.server.selectFrom('outcomes').selectAll().executeTakeFirstOrThrow()
  const decision = await room.store.server.selectFrom('decisions').selectAll().executeTakeFirstOrThrow()
  const { stands: _, ...row } = decision
  await room.pass(91 * DAY_S)
  await retire(room)
  const [{ details }] = await entriesOf(room, 'retired')
  const line = canonicalJson({
    ...outcome,
    hit_id: hitIds[0],
    reported_at: outcome.reported_at.toISOString(),
  })
  const digest = sha256Hex(
    canonicalJson({ ...row, hit_id: hitIds[0], decided_at: row.decided_at.toISOString() }),
  )
  expect(details).toEqual({
    hitId: hitIds[0],
    hit: sha256Hex(body),
    evidence,
    verdict: 'insufficient',
    decisions: `${row.verdict_id}:${digest}`,
    outcomes: sha256Hex(`${line}\n`),
  })
})
