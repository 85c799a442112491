// Undo, corrections and outcomes on the real PostgreSQL.
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { decodeDecision } from '../../../src/contract/decision.ts'
import { decodeOutcomeRecord } from '../../../src/contract/outcome.ts'
import type { CorrectBody, OutcomeBody } from '../../../src/contract/review.ts'
import { untilOneWaitsFor } from '../review-store.ts'
import { ADA, AUDRE, BEN, CLEO, person, refusal, refusalOf, SampleRoom } from '../sample-cases.ts'

describe('Undo', () => {
  it('takes everything back: the records, the decisions, and the lease with a new token', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase({ hits: [{}, {}] })
    const decided = await room.decide(ADA, caseId)
    const undone = await room.service.undo(ADA, decided.undoId)
    expect(undone.lease?.token).toBe(2)
    expect(await room.outbox()).toEqual([])
    const view = await room.service.caseView(ADA, caseId)
    expect(view.case).toMatchObject({ state: 'leased', undecided: 2 })
    expect(view.lease?.token).toBe(2)
    expect(view.history).toEqual([])
    await room.service.decide(ADA, caseId, await room.verdict(ADA, { caseId, token: 2 }, 'duplicate'))
    expect(
      (await room.outbox()).map(({ value }) => Object(decodeDecision(Buffer.from(value))).verdict),
    ).toEqual(['duplicate', 'duplicate'])
  })

  it('is over after its seconds, by the clock of PostgreSQL', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const decided = await room.decide(ADA, caseId)
    await room.pass(10)
    expect(await refusal(room.service.undo(ADA, decided.undoId))).toBe('undo-too-late')
    expect(await room.outbox()).toHaveLength(1)
  })

  it('is the reviewer’s alone, and happens once', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const decided = await room.decide(ADA, caseId)
    expect(await refusal(room.service.undo(BEN, decided.undoId))).toBe('not-found')
    expect(await refusal(room.service.undo(CLEO, decided.undoId))).toBe('not-found')
    expect(await refusal(room.service.undo(ADA, 'nonsense'))).toBe('not-found')
    await room.service.undo(ADA, decided.undoId)
    expect(await refusal(room.service.undo(ADA, decided.undoId))).toBe('undo-too-late')
  })

  it('of a first opinion brings the case back before anybody gives the second one', async () => {
    await using room = await SampleRoom.open({ secondOpinion: { classifications: ['ncmec:A1'] } })
    const { caseId } = await room.addCase()
    const decided = await room.decide(ADA, caseId)
    expect(await room.service.leaseNext(BEN, {})).toBeUndefined()
    expect((await room.service.undo(ADA, decided.undoId)).lease?.token).toBe(2)
    expect((await room.service.caseView(ADA, caseId)).case).toMatchObject({ stage: 'first', undecided: 1 })
  })

  it('of a second opinion leaves the next one to another person: what came of it told of the first', async () => {
    await using room = await SampleRoom.open({ secondOpinion: { classifications: ['ncmec:A1'] } })
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}] })
    await room.decide(ADA, caseId)
    await room.pass(11)
    const decided = await room.decide(BEN, caseId, 'insufficient', [hitIds[0]])
    expect(await room.service.undo(BEN, decided.undoId)).toEqual({ caseId })
    expect((await room.service.caseView(CLEO, caseId)).case).toMatchObject({
      state: 'open',
      stage: 'second',
      undecided: 2,
    })
    expect(await refusal(room.service.leaseCase(BEN, caseId))).toBe('own-opinion')
    expect(await room.service.leaseNext(BEN, {})).toBeUndefined()
    expect(await refusal(room.service.assign(CLEO, caseId, { to: 'ben' }))).toBe('invalid')
    expect(await room.decide(person('dora', 'second-reviewer'), caseId)).toMatchObject({
      caseState: 'decided',
    })
  })

  it('of some hits returns them to the holder of the case, whoever that is by now', async () => {
    await using room = await SampleRoom.open({ undoSeconds: 600, leaseMinutes: 1 })
    const { caseId, hitIds } = await room.addCase({ hits: [{}, {}] })
    const decided = await room.decide(ADA, caseId, 'refer', [hitIds[0]])
    await room.pass(61)
    await room.service.expireLeases()
    const lease = await room.service.leaseCase(BEN, caseId)
    const seen = await room.verdict(BEN, lease)
    expect(await room.service.undo(ADA, decided.undoId)).toEqual({ caseId })
    expect(await refusal(room.service.decide(BEN, caseId, seen))).toBe('evidence-changed')
    expect(await room.service.decide(BEN, caseId, await room.verdict(BEN, lease))).toMatchObject({
      decided: 2,
    })
  })

  it('and the publisher never both have a record', async () => {
    await using room = await SampleRoom.open({ undoSeconds: 0.2 })
    const sent: string[] = []
    const over = new AbortController()
    // What the publisher does: it locks what is due, by the clock after it has the locks' rows.
    const publish = async (): Promise<void> => {
      while (!over.signal.aborted)
        await room.store.server.transaction().execute(async (tx) => {
          const { rows } = await sql<{ outbox_id: string; verdict_id: string }>`
            select outbox_id, verdict_id from outbox where due_at <= ${room.clock}
            order by due_at, outbox_id for update skip locked`.execute(tx)
          sent.push(...rows.map(({ verdict_id }) => verdict_id))
          if (rows.length > 0)
            await tx
              .deleteFrom('outbox')
              .where(
                'outbox_id',
                'in',
                rows.map(({ outbox_id }) => outbox_id),
              )
              .execute()
        })
    }
    const publishing = publish()
    const undone: string[] = []
    const decideAndUndo = async (at: number): Promise<void> => {
      const actor = person(`person-${String(at)}`)
      for (let round = 0; round < 8; round += 1) {
        const { caseId } = await room.addCase()
        const { undoId, undoUntil } = await room.decide(actor, caseId)
        const left = Date.parse(undoUntil) - Date.now()
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, left - 6 + round * 2)))
        if (await wasUndone(room.service.undo(actor, undoId))) undone.push(undoId)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, at) => decideAndUndo(at)))
    await room.pass(1)
    while ((await room.outbox()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    over.abort()
    await publishing
    expect(sent.filter((verdictId) => undone.includes(verdictId))).toEqual([])
    expect(sent.length + undone.length).toBe(64)
  })
})

const wasUndone = async (undoing: Promise<unknown>): Promise<boolean> => {
  try {
    await undoing
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'undo-too-late' })
    return false
  }
}

async function decidedHit(room: SampleRoom, by = ADA) {
  const { caseId, hitIds } = await room.addCase({ hits: [{ entries: ['ncmec/1'] }] })
  await room.decide(by, caseId, 'insufficient')
  const { hits } = await room.service.caseView(by, caseId)
  const correction: CorrectBody = {
    evidence: hits[0].evidence,
    supersedes: hits[0].decision?.decisionId ?? '',
    verdict: 'refer',
    reason: 'I misread it.',
    note: '',
  }
  return { caseId, hitId: hitIds[0], correction }
}

describe('A correction', () => {
  it('takes the place of a decision that can no longer be undone, and is published', async () => {
    await using room = await SampleRoom.open()
    const { caseId, correction } = await decidedHit(room)
    expect(await refusal(room.service.correct(ADA, correction))).toBe('not-decided')
    await room.pass(11)
    await room.service.correct(ADA, correction)
    const records = (await room.outbox()).map(({ value }) => decodeDecision(Buffer.from(value)))
    expect(records[1]).toMatchObject({ verdict: 'refer', supersedes: correction.supersedes })
    const view = await room.service.caseView(BEN, caseId)
    expect(view.hits[0].decision?.verdict).toBe('refer')
    expect(view.history.map(({ verdict, stands }) => [verdict, stands])).toEqual([
      ['refer', true],
      ['insufficient', false],
    ])
    expect(await refusal(room.service.correct(ADA, correction))).toBe('already-decided')
  })

  it('is undone like a decision: the earlier one stands again', async () => {
    await using room = await SampleRoom.open()
    const { caseId, correction } = await decidedHit(room)
    await room.pass(11)
    const { undoId } = await room.service.correct(ADA, correction)
    expect(await room.service.undo(ADA, undoId)).toEqual({ caseId })
    expect((await room.service.caseView(ADA, caseId)).hits[0].decision?.verdict).toBe('insufficient')
    expect(await room.outbox()).toHaveLength(1)
  })

  it('is the reviewer’s own or a supervisor’s, on the evidence of today', async () => {
    await using room = await SampleRoom.open()
    const { correction } = await decidedHit(room)
    await room.pass(11)
    expect(await refusal(room.service.correct(BEN, correction))).toBe('not-permitted')
    expect(await refusalOf(() => room.service.correct(AUDRE, correction))).toBe('not-permitted')
    expect(await refusal(room.service.correct(ADA, { ...correction, evidence: '0'.repeat(64) }))).toBe(
      'evidence-changed',
    )
    await room.service.correct(CLEO, correction)
  })

  it('of what two people decided is a supervisor’s', async () => {
    await using room = await SampleRoom.open({ secondOpinion: { classifications: ['ncmec:A1'] } })
    const { caseId } = await room.addCase()
    await room.decide(ADA, caseId)
    await room.pass(11)
    await room.decide(BEN, caseId)
    await room.pass(11)
    const { hits } = await room.service.caseView(BEN, caseId)
    const correction: CorrectBody = {
      evidence: hits[0].evidence,
      supersedes: hits[0].decision?.decisionId ?? '',
      verdict: 'duplicate',
      reason: '',
      note: '',
    }
    expect(await refusal(room.service.correct(BEN, correction))).toBe('not-permitted')
    await room.service.correct(CLEO, correction)
  })
})

const CONFIRMED: OutcomeBody = { finding: 'confirmed', basis: 'search-warrant', reason: 'Warrant.' }

describe('An outcome', () => {
  it('belongs to the decision that stands, and is published at once', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitId, correction } = await decidedHit(room)
    expect(await refusal(room.service.reportOutcome(ADA, hitId, CONFIRMED))).toBe('not-decided')
    await room.pass(11)
    const outcome = await room.service.reportOutcome(BEN, hitId, CONFIRMED)
    const record = (await room.outbox()).find(({ topic }) => topic === 'outcomes')
    expect(record?.key).toBe(hitId)
    expect(decodeOutcomeRecord(Buffer.from(record?.value ?? ''))).toMatchObject({
      outcomeId: outcome.outcomeId,
      decisionId: correction.supersedes,
      reportedBy: 'ben',
    })
    expect((await room.service.caseView(ADA, caseId)).hits[0].outcomes).toEqual([outcome])
  })

  it('is refused where new evidence has just taken the hit out of the sight of its reporter', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'fr', title: 'France', groups: ['reviewers-fr'] },
        { name: 'all', title: 'All' },
      ],
    })
    const { caseId, hitIds } = await room.addCase({ queue: 'all' })
    const other = await room.addCase({ queue: 'fr' })
    await room.decide(ADA, caseId)
    await room.pass(11)
    let reporting: Promise<string> | undefined
    await room.store.owner.transaction().execute(async (tx) => {
      await tx.selectFrom('subjects').selectAll().forUpdate().execute()
      reporting = refusal(room.service.reportOutcome(ADA, hitIds[0], CONFIRMED))
      await untilOneWaitsFor(tx)
      await tx
        .updateTable('hits')
        .set({ case_id: other.caseId })
        .where('hit_id', '=', Buffer.from(hitIds[0], 'hex'))
        .execute()
    })
    expect(await reporting).toBe('not-found')
  })

  it('names the wrong entry, one of the hit’s own, and only then', async () => {
    await using room = await SampleRoom.open()
    const { hitId } = await decidedHit(room)
    await room.pass(11)
    const wrong: OutcomeBody = { ...CONFIRMED, finding: 'known-entry-wrong' }
    expect(await refusalOf(() => room.service.reportOutcome(ADA, hitId, wrong))).toBe('invalid')
    const entry = { source: 'ncmec', sourceId: '1' }
    expect(
      await refusalOf(() => room.service.reportOutcome(ADA, hitId, { ...CONFIRMED, knownEntry: entry })),
    ).toBe('invalid')
    expect(
      await refusal(
        room.service.reportOutcome(ADA, hitId, { ...wrong, knownEntry: { ...entry, sourceId: '2' } }),
      ),
    ).toBe('invalid')
    await room.service.reportOutcome(ADA, hitId, { ...wrong, knownEntry: entry })
    expect((await room.service.knownEntry(ADA, entry)).outcomes).toEqual([
      { finding: 'known-entry-wrong', count: 1 },
    ])
  })
})
