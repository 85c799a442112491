// Second opinions on the real PostgreSQL: whose they are, what two of them come to, and that they are blind.
import { describe, expect, it } from 'vitest'
import { decodeDecision } from '../../../src/contract/decision.ts'
import { hideOpenVerdicts } from '../../../src/review/audit/hide-verdicts.ts'
import { listAudit } from '../../../src/review/audit/list-audit.ts'
import type { Actor } from '../../../src/review/rights.ts'
import { matchOf } from '../made-hits.ts'
import { ADA, BEN, CLEO, person, refusal, sampleHit, SampleRoom } from '../sample-cases.ts'

const published = (value: string) => decodeDecision(Buffer.from(value))

const BY_RULE = { secondOpinion: { grades: ['exact' as const] } }
const DORA = person('dora', 'second-reviewer')

describe('A second opinion', () => {
  it('that agrees stands, and names the first one', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase({ hits: [{}, {}] })
    expect(await room.decide(BEN, caseId)).toMatchObject({ caseState: 'open', stage: 'second', undecided: 2 })
    expect(await room.outbox()).toEqual([])
    await room.pass(11)
    expect(await room.decide(DORA, caseId)).toMatchObject({ caseState: 'decided' })
    for (const { value } of await room.outbox())
      expect(published(value)).toMatchObject({
        reviewer: 'dora',
        opinions: [{ reviewer: 'ben', verdict: 'refer' }],
      })
  })

  it('that differs goes to a supervisor, whose decision names both', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(BEN, caseId, 'refer')
    await room.pass(11)
    expect(await room.decide(DORA, caseId, 'insufficient')).toMatchObject({
      caseState: 'open',
      stage: 'supervisor',
    })
    expect(await room.outbox()).toEqual([])
    await room.pass(11)
    expect(await refusal(room.service.leaseCase(person('eve', 'second-reviewer'), caseId))).toBe(
      'not-permitted',
    )
    const seen = await room.service.caseView(CLEO, caseId)
    expect(seen.history.map(({ reviewer, verdict }) => [reviewer, verdict])).toEqual([
      ['dora', 'insufficient'],
      ['ben', 'refer'],
    ])
    await room.decide(CLEO, caseId, 'refer')
    const [record] = await room.outbox()
    expect(published(record.value)).toMatchObject({
      reviewer: 'cleo',
      opinions: [{ reviewer: 'ben' }, { reviewer: 'dora' }],
    })
  })

  it('is asked for by a reviewer, too: then any second verdict stands', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}] })
    const lease = await room.service.leaseCase(ADA, caseId)
    await room.service.decide(ADA, caseId, await room.verdict(ADA, lease, 'needs-second', [hitIds[0]]))
    expect(
      await room.service.decide(ADA, caseId, await room.verdict(ADA, lease, 'insufficient')),
    ).toMatchObject({ caseState: 'open', stage: 'second', undecided: 1 })
    await room.pass(11)
    expect(await room.decide(BEN, caseId, 'refer')).toMatchObject({ caseState: 'decided', decided: 1 })
  })

  it('is the last one: nobody asks for a third', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(ADA, caseId)
    await room.pass(11)
    expect(await refusal(room.decide(BEN, caseId, 'needs-second'))).toBe('invalid')
  })

  it('is another person’s, with the right to it, once the first one can no longer be undone', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(BEN, caseId)
    expect(await refusal(room.service.leaseCase(DORA, caseId))).toBe('already-leased')
    expect(await room.service.leaseNext(DORA, {})).toBeUndefined()
    await room.pass(11)
    expect(await refusal(room.service.leaseCase(ADA, caseId))).toBe('not-permitted')
    expect(await refusal(room.service.leaseCase(BEN, caseId))).toBe('own-opinion')
    expect(await room.service.leaseNext(BEN, {})).toBeUndefined()
    expect(await refusal(room.service.assign(CLEO, caseId, { to: 'ben' }))).toBe('invalid')
    expect((await room.service.leaseNext(DORA, {}))?.caseId).toBe(caseId)
  })

  it('of a supervisor leaves the settling to another supervisor', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(CLEO, caseId, 'refer')
    await room.pass(11)
    await room.decide(BEN, caseId, 'insufficient')
    await room.pass(11)
    expect(await refusal(room.service.leaseCase(CLEO, caseId))).toBe('own-opinion')
    expect(await room.service.leaseNext(CLEO, {})).toBeUndefined()
    await room.decide(person('cem', 'supervisor'), caseId)
  })

  it('is blind for a person who may read the audit, too, until the case is decided', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(ADA, caseId, 'refer')
    await room.pass(11)
    const both = person('dora', 'second-reviewer', 'auditor')
    const verdictsFor = async (actor: Actor) =>
      (
        await hideOpenVerdicts(room.store.server, actor, await listAudit(room.store.server, {}), room.clock)
      ).entries
        .filter(({ action }) => action === 'decided')
        .map(({ details }) => details['verdict'])
    expect(await verdictsFor(both)).toEqual([undefined])
    expect(await verdictsFor(person('audre', 'auditor'))).toEqual(['refer'])
    await room.decide(both, caseId, 'insufficient')
    expect(await verdictsFor(both)).toEqual([undefined, undefined])
    const eve = person('eve', 'supervisor', 'auditor')
    // If the second opinion is undone, the next one may be this person's.
    expect(await verdictsFor(eve)).toEqual([undefined, undefined])
    await room.pass(11)
    expect(await verdictsFor(eve)).toEqual(['insufficient', 'refer'])
    await room.decide(CLEO, caseId, 'refer')
    expect(await verdictsFor(both)).toEqual(['refer', 'insufficient', 'refer'])
  })

  it('is blind: nothing that its reviewer can read tells of the first one', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId, hitIds } = await room.addCase({ actorRef: 'same', hits: [{ entries: ['iwf/9'] }, {}] })
    await room.decide(ADA, caseId, 'list-error-suspected')
    const sibling = await room.addCase({ actorRef: 'same', hits: [{ entries: ['iwf/9'] }] })
    await room.pass(11)
    const read = await Promise.all([
      room.service.caseView(BEN, caseId),
      room.service.caseView(BEN, sibling.caseId),
      room.service.related(BEN, sibling.caseId),
      room.service.knownEntry(BEN, { source: 'iwf', sourceId: '9' }),
      room.service.search(BEN, { kind: 'hitId', value: hitIds[0] }),
      room.service.cases(BEN, {}),
    ])
    expect(JSON.stringify(read)).not.toMatch(/list-error-suspected|"ada"|"isSuspected":true/)
    const lease = await room.service.leaseCase(BEN, caseId)
    expect(await room.service.caseView(BEN, caseId)).toMatchObject({ history: [] })
    await room.service.decide(
      BEN,
      caseId,
      await room.verdict(BEN, lease, 'list-error-suspected', [hitIds[0]]),
    )
    // One hit is decided; while the other one waits, the first opinions stay hidden.
    expect(JSON.stringify((await room.service.caseView(BEN, caseId)).history)).not.toContain('"ada"')
    await room.service.decide(BEN, caseId, await room.verdict(BEN, lease, 'list-error-suspected'))
    expect(JSON.stringify((await room.service.caseView(BEN, caseId)).history)).toContain('"ada"')
  })

  it('is blind, too, for who may have to give it after its undoing', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase({ actorRef: 'same' })
    await room.decide(ADA, caseId, 'out-of-scope')
    const sibling = await room.addCase({ actorRef: 'same' })
    await room.pass(11)
    const { undoId } = await room.decide(BEN, caseId, 'out-of-scope')
    const seenBy = async (actor: Actor): Promise<string> =>
      JSON.stringify([
        await room.service.caseView(actor, caseId),
        await room.service.caseView(actor, sibling.caseId),
      ])
    expect(await seenBy(BEN)).toContain('out-of-scope')
    for (const actor of [DORA, CLEO]) expect(await seenBy(actor)).not.toContain('out-of-scope')
    await room.service.undo(BEN, undoId)
    await room.decide(DORA, caseId, 'out-of-scope')
    await room.pass(11)
    expect(await seenBy(CLEO)).toContain('out-of-scope')
  })

  it('that differs shows nothing to the supervisor while it can be undone', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const { caseId } = await room.addCase()
    await room.decide(ADA, caseId, 'refer')
    await room.pass(11)
    const { undoId } = await room.decide(BEN, caseId, 'insufficient')
    expect((await room.service.caseView(CLEO, caseId)).history).toEqual([])
    await room.service.undo(BEN, undoId)
    await room.decide(CLEO, caseId, 'insufficient')
    await room.pass(11)
    expect((await room.service.caseView(person('cem', 'supervisor'), caseId)).history).toHaveLength(2)
  })

  it('is asked for anew when its hit is found again with a match that the first one did not know', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const hit = sampleHit({ reportId: 'again' }, { platform: 'example', actorRef: 'same', priority: 50 })
    const more = { ...hit, matches: [...hit.matches, matchOf('more')] }
    const { caseId } = await room.addCase({ actorRef: 'same', hits: [{ reportId: 'again' }, {}] })
    const shown = (await room.service.caseView(ADA, caseId)).hits
    const evidence = shown.find((one) => one.hit.hitId === hit.hitId)?.evidence
    await room.decide(ADA, caseId, 'out-of-scope')
    await room.pass(11)
    const lease = await room.service.leaseCase(BEN, caseId)
    expect(await room.takeIn([more])).toMatchObject({ changed: 1, reopened: 1, newCases: 1 })
    const before = await room.service.caseView(BEN, caseId)
    expect(before.case).toMatchObject({ state: 'leased', stage: 'second', hits: 1, undecided: 1 })
    const next = before.later?.caseId ?? ''
    const view = await room.service.caseView(DORA, next)
    expect(view).toMatchObject({
      openedBecause: 'new-evidence',
      case: { state: 'open', stage: 'first', undecided: 1 },
      earlier: { caseId },
    })
    // Blind: the opinion on the earlier evidence shows again once the hit is decided, and stays as it was given.
    expect(JSON.stringify(view)).not.toContain('out-of-scope')
    const told = { db: room.store.server, dora: person('dora', 'second-reviewer', 'auditor') }
    const audit = await listAudit(told.db, { caseId })
    await room.service.decide(BEN, caseId, await room.verdict(BEN, lease, 'out-of-scope'))
    await room.pass(11)
    const seen = await hideOpenVerdicts(told.db, told.dora, audit, room.clock)
    expect(JSON.stringify(seen)).not.toContain('out-of-scope')
    await room.decide(ADA, next, 'refer')
    await room.pass(11)
    await room.decide(BEN, next, 'refer')
    await room.pass(11)
    const opinions = await told.db
      .selectFrom('decisions')
      .select(['evidence', 'verdict', 'stands'])
      .where('hit_id', '=', Buffer.from(hit.hitId, 'hex'))
      .orderBy('decided_at')
      .execute()
    expect(opinions.map(({ verdict, stands }) => [verdict, stands])).toEqual([
      ['out-of-scope', false],
      ['refer', false],
      ['refer', true],
    ])
    expect(opinions.map((one) => one.evidence === evidence)).toEqual([true, false, false])
    expect(JSON.stringify((await room.service.caseView(DORA, next)).history)).toContain('out-of-scope')
  })

  it('ends with its lease when the case’s only hit was found again, and the audit says why', async () => {
    await using room = await SampleRoom.open(BY_RULE)
    const hit = sampleHit({ reportId: 'alone' }, { platform: 'example', actorRef: 'same', priority: 50 })
    const { caseId } = await room.addCase({ actorRef: 'same', hits: [{ reportId: 'alone' }] })
    await room.decide(ADA, caseId)
    await room.pass(11)
    const lease = await room.service.leaseCase(BEN, caseId)
    const body = await room.verdict(BEN, lease)
    await room.takeIn([{ ...hit, matches: [matchOf('more')] }])
    expect(await refusal(room.service.decide(BEN, caseId, body))).toBe('already-decided')
    expect((await room.service.caseView(BEN, caseId)).case).toMatchObject({ state: 'decided', hits: 0 })
    const { entries } = await listAudit(room.store.server, { action: 'lease-ended' })
    expect(entries.map(({ details }) => details)).toEqual([{ token: lease.token, why: 'new-evidence' }])
  })
})
