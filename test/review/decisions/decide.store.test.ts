// Verdicts on the real PostgreSQL: all hits or some, evidence, corrections.
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { decodeDecision } from '../../../src/contract/decision.ts'
import { matchOf } from '../made-hits.ts'
import {
  ADA,
  AUDRE,
  BEN,
  evidenceShown,
  OTTO,
  person,
  refusal,
  refusalOf,
  sampleHit,
  SampleRoom,
} from '../sample-cases.ts'

const published = (value: string) => decodeDecision(Buffer.from(value))

describe('A verdict', () => {
  it('on all hits decides the case and leaves one record a hit, due when undo is over', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}, {}] })
    const decided = await room.decide(ADA, caseId)
    expect(decided).toMatchObject({ caseState: 'decided', decided: 3, undecided: 0 })
    const outbox = await room.outbox()
    expect(outbox.map(({ key }) => key).toSorted()).toEqual([...hitIds].toSorted())
    for (const { value, due_at, topic } of outbox) {
      expect(topic).toBe('decisions')
      expect(due_at.toISOString()).toBe(decided.undoUntil)
      expect(published(value)).toMatchObject({ verdict: 'refer', reviewer: 'ada', opinions: [] })
    }
    const view = await room.service.caseView(BEN, caseId)
    expect(view.hits.map(({ decision }) => decision?.verdict)).toEqual(['refer', 'refer', 'refer'])
    expect(view.hits.some(({ isWaiting }) => isWaiting)).toBe(false)
  })

  it('on some hits keeps the case with its holder for the rest', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}, {}] })
    const lease = await room.service.leaseCase(ADA, caseId)
    const some = await room.service.decide(
      ADA,
      caseId,
      await room.verdict(ADA, lease, 'insufficient', hitIds.slice(0, 2)),
    )
    expect(some).toMatchObject({ caseState: 'leased', decided: 2, undecided: 1 })
    const rest = await room.service.decide(ADA, caseId, await room.verdict(ADA, lease, 'refer'))
    expect(rest).toMatchObject({ caseState: 'decided', decided: 1, undecided: 0 })
  })

  it('on hits of a case whose lease passed on leaves only the rest to the next person', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}] })
    await room.decide(ADA, caseId, 'refer', [hitIds[0]])
    await room.pass(601)
    await room.service.expireLeases()
    const lease = await room.service.leaseCase(BEN, caseId)
    const view = await room.service.caseView(BEN, caseId)
    expect(view.hits.map(({ hit, isWaiting }) => [hit.hitId, isWaiting])).toEqual([
      [hitIds[1], true],
      [hitIds[0], false],
    ])
    const again = { ...(await room.verdict(BEN, lease)), hitIds: [hitIds[0]] }
    expect(await refusal(room.service.decide(BEN, caseId, again))).toBe('already-decided')
  })

  it('is refused when the evidence is no longer what was shown, and nothing is written', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({ actorRef: 'ann' })
    const lease = await room.service.leaseCase(ADA, caseId)
    const seen = await room.verdict(ADA, lease)
    await room.addCase({ actorRef: 'ann', hits: [{}] })
    expect(await refusal(room.service.decide(ADA, caseId, seen))).toBe('evidence-changed')
    expect(await room.outbox()).toEqual([])
    const view = await room.service.caseView(ADA, caseId)
    const chosen = { ...seen, hitIds: [...hitIds], evidence: evidenceShown(view, hitIds) }
    expect((await room.service.decide(ADA, caseId, chosen)).caseState).toBe('leased')
  })

  it('is refused on hits of another case, without a lease, and with an earlier token', async () => {
    await using room = await SampleRoom.open()
    const one = await room.addCase()
    const other = await room.addCase()
    const lease = await room.service.leaseCase(ADA, one.caseId)
    const body = await room.verdict(ADA, lease)
    expect(await refusal(room.service.decide(ADA, one.caseId, { ...body, hitIds: [...other.hitIds] }))).toBe(
      'not-found',
    )
    expect(await refusal(room.service.decide(ADA, one.caseId, { ...body, token: lease.token + 1 }))).toBe(
      'lease-lost',
    )
    expect(await refusal(room.service.decide(BEN, one.caseId, body))).toBe('lease-lost')
    expect(await refusalOf(() => room.service.decide(OTTO, one.caseId, body))).toBe('not-permitted')
    expect(await refusalOf(() => room.service.decide(AUDRE, one.caseId, body))).toBe('not-permitted')
    await room.service.decide(ADA, one.caseId, body)
    expect(await refusal(room.service.decide(ADA, one.caseId, body))).toBe('already-decided')
  })

  it('closes the case to new hits of the uploader, also while a second opinion is waited for', async () => {
    await using room = await SampleRoom.open()
    const decided = await room.addCase({ actorRef: 'ann' })
    await room.decide(ADA, decided.caseId)
    const waiting = await room.addCase({ actorRef: 'ann' })
    await room.decide(ADA, waiting.caseId, 'needs-second')
    const open = await room.addCase({ actorRef: 'ann' })
    expect(new Set([decided, waiting, open].map(({ caseId }) => caseId)).size).toBe(3)
    expect(await room.service.caseView(ADA, waiting.caseId)).toMatchObject({
      earlier: { caseId: decided.caseId },
      later: { caseId: open.caseId },
    })
  })

  it('and hits that arrive at the same moment never end in a decided case with an undecided hit', async () => {
    await using room = await SampleRoom.open()
    const work = async (at: number): Promise<void> => {
      const actor = person(`person-${String(at)}`)
      for (let round = 0; round < 6; round += 1) {
        const actorRef = `actor-${String(at)}-${String(round)}`
        const { caseId } = await room.addCase({ actorRef })
        const lease = await room.service.leaseCase(actor, caseId)
        const seen = await room.verdict(actor, lease)
        const [, refused] = await Promise.all([
          room.addCase({ actorRef }),
          room.service.decide(actor, caseId, seen).then(
            () => undefined,
            (error: unknown) => Object(error).code,
          ),
        ])
        expect([undefined, 'evidence-changed']).toContain(refused)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, at) => work(at)))
    const { rows } = await sql`
      select from cases c join hits h using (case_id)
      where (c.state = 'decided') <> (h.decision_id is not null)
         or c.undecided_count <> (select count(*) from hits w where w.case_id = c.case_id and w.decision_id is null)
    `.execute(room.store.owner)
    expect(rows).toEqual([])
  })

  it('of a suspected list error proposes the entries of its hits, until it is undone', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase({ hits: [{ entries: ['iwf/9'] }] })
    const isSuspected = async () =>
      (await room.service.knownEntry(ADA, { source: 'iwf', sourceId: '9' })).isSuspected
    const decided = await room.decide(ADA, caseId, 'list-error-suspected')
    expect(await isSuspected()).toBe(true)
    await room.service.undo(ADA, decided.undoId)
    expect(await isSuspected()).toBe(false)
  })

  it('on a hit that new evidence moved to a new case takes the place of the earlier decision', async () => {
    await using room = await SampleRoom.open()
    const from = { platform: 'example', actorRef: 'ann', priority: 50 }
    const earlier = await room.addCase({ actorRef: 'ann', hits: [{ reportId: 'r1' }] })
    await room.decide(ADA, earlier.caseId, 'insufficient')
    await room.pass(11)
    const found = sampleHit({ reportId: 'r1' }, from)
    await room.takeIn([{ ...found, matches: [...found.matches, matchOf('another')] }])
    const later = await room.service.leaseNext(BEN, {})
    if (later === undefined) throw new Error('The hit was not reopened.')
    const decided = await room.decide(BEN, later.caseId, 'refer')
    const [first, second] = (await room.outbox()).map(({ value }) => published(value))
    expect(second).toMatchObject({ verdict: 'refer', supersedes: Object(first).decisionId })
    const standing = () =>
      room.store.owner.selectFrom('decisions').select('verdict').where('stands', '=', true).execute()
    expect(await standing()).toEqual([{ verdict: 'refer' }])
    await room.service.undo(BEN, decided.undoId)
    expect(await standing()).toEqual([{ verdict: 'insufficient' }])
  })
})
