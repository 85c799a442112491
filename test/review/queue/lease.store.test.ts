// Leases on the real PostgreSQL.
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/contract/json.ts'
import type { AuditAction, AuditEntryView } from '../../../src/contract/review.ts'
import { listAudit } from '../../../src/review/audit/list-audit.ts'
import { ADA, BEN, CLEO, OTTO, person, refusal, refusalOf, SampleRoom } from '../sample-cases.ts'

describe('The next case', () => {
  it('is the one of the highest priority, and of these the oldest', async () => {
    await using room = await SampleRoom.open()
    const low = await room.addCase({ priority: 10, oldestAt: '2026-10-01T00:00:00Z' })
    const young = await room.addCase({ priority: 90, oldestAt: '2026-11-02T00:00:00Z' })
    const old = await room.addCase({ priority: 90, oldestAt: '2026-11-01T00:00:00Z' })
    const order: (string | undefined)[] = []
    for (const who of ['a', 'b', 'c', 'd'])
      order.push((await room.service.leaseNext(person(who), {}))?.caseId)
    expect(order).toEqual([old.caseId, young.caseId, low.caseId, undefined])
  })

  it('is never given to two of twenty people who ask at once', async () => {
    await using room = await SampleRoom.open()
    for (let made = 0; made < 60; made += 1) await room.addCase({ priority: 1 + (made % 3) })
    const people = Array.from({ length: 20 }, (_, at) => person(`person-${String(at)}`))
    const leased = await Promise.all(
      people.map(async (actor) => {
        const own: string[] = []
        for (;;) {
          const next = await room.service.leaseNext(actor, {})
          if (next === undefined) return own
          own.push(next.caseId)
        }
      }),
    )
    expect(leased.flat()).toHaveLength(60)
    expect(new Set(leased.flat()).size).toBe(60)
  })

  it('leaves out cases of queues that the person may not work in', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'fr', title: 'France', groups: ['reviewers-fr'] },
        { name: 'all', title: 'All' },
      ],
    })
    const french = await room.addCase({ queue: 'fr', priority: 90 })
    const other = await room.addCase({ queue: 'all', priority: 10 })
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(other.caseId)
    expect(await room.service.leaseNext(ADA, {})).toBeUndefined()
    expect(await refusalOf(() => room.service.leaseNext(ADA, { queue: 'fr' }))).toBe('not-found')
    const marie = { ...person('marie'), groups: ['reviewers-fr'] }
    expect((await room.service.leaseNext(marie, { queue: 'fr' }))?.caseId).toBe(french.caseId)
  })

  it('is the one of the best queue for a person with several', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'one', title: 'One' },
        { name: 'two', title: 'Two' },
      ],
    })
    await room.addCase({ queue: 'one', priority: 10 })
    const best = await room.addCase({ queue: 'two', priority: 90 })
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(best.caseId)
  })

  it('is first of all one that is assigned to the person, and never one of another', async () => {
    await using room = await SampleRoom.open()
    const high = await room.addCase({ priority: 90 })
    const low = await room.addCase({ priority: 10 })
    await room.signIn(person('zoe'))
    await room.service.assign(CLEO, low.caseId, { to: 'ada' })
    await room.service.assign(CLEO, high.caseId, { to: 'zoe' })
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(low.caseId)
    expect(await room.service.leaseNext(person('ben'), {})).toBeUndefined()
    expect(await refusal(room.service.leaseCase(ADA, high.caseId))).toBe('not-permitted')
  })

  it('is not one that the person has skipped in the last hour', async () => {
    await using room = await SampleRoom.open()
    const high = await room.addCase({ priority: 90 })
    const low = await room.addCase({ priority: 10 })
    const lease = await room.service.leaseNext(ADA, {})
    await room.service.skip(ADA, high.caseId, { token: lease?.token ?? 0, reason: 'Not my language.' })
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(low.caseId)
    expect(await room.service.leaseNext(ADA, {})).toBeUndefined()
    expect((await room.service.leaseNext(BEN, {}))?.caseId).toBe(high.caseId)
    await room.pass(61 * 60)
    await room.service.expireLeases()
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(high.caseId)
  })

  it('waits for its assignee no longer when that person skips it', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    await room.service.assign(CLEO, caseId, { to: 'ada' })
    const lease = await room.service.leaseNext(ADA, {})
    await room.service.skip(ADA, caseId, { token: lease?.token ?? 0, reason: 'I know this person.' })
    expect((await room.service.leaseNext(BEN, {}))?.caseId).toBe(caseId)
  })

  it('is refused to people whose roles do not work on cases', async () => {
    await using room = await SampleRoom.open()
    await room.addCase()
    expect(await refusalOf(() => room.service.leaseNext(OTTO, {}))).toBe('not-permitted')
    expect(await refusalOf(() => room.service.leaseNext(person('x', 'auditor'), {}))).toBe('not-permitted')
  })
})

describe('A lease', () => {
  it('ends after its time, and the next one has a greater token', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const first = await room.service.leaseCase(ADA, caseId)
    expect(await refusal(room.service.leaseCase(BEN, caseId))).toBe('already-leased')
    await room.pass(599)
    expect(await room.service.expireLeases()).toBe(0)
    await room.pass(2)
    expect(await room.service.expireLeases()).toBe(1)
    const second = await room.service.leaseCase(BEN, caseId)
    expect(second.token).toBeGreaterThan(first.token)
    expect(await refusal(room.service.renew(ADA, caseId, { token: first.token }))).toBe('lease-lost')
    expect(
      await refusal(room.verdict(ADA, first).then((body) => room.service.decide(ADA, caseId, body))),
    ).toBe('lease-lost')
  })

  it('that is over but not yet swept up can be taken over, and no longer be used', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const lease = await room.service.leaseCase(ADA, caseId)
    await room.pass(601)
    expect(await refusal(room.service.renew(ADA, caseId, { token: lease.token }))).toBe('lease-lost')
    expect(
      await refusal(room.verdict(ADA, lease).then((body) => room.service.decide(ADA, caseId, body))),
    ).toBe('lease-lost')
    expect((await room.service.leaseCase(BEN, caseId)).token).toBe(lease.token + 1)
  })

  it('lasts longer when it is renewed', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const lease = await room.service.leaseCase(ADA, caseId)
    await room.pass(500)
    const renewed = await room.service.renew(ADA, caseId, { token: lease.token })
    expect(Date.parse(renewed.until) - Date.parse(lease.until)).toBeGreaterThan(499_000)
    await room.pass(500)
    expect(await room.service.expireLeases()).toBe(0)
    expect((await room.service.caseView(ADA, caseId)).lease?.token).toBe(lease.token)
    expect((await room.service.caseView(BEN, caseId)).lease).toBeUndefined()
  })

  it('is the same one for a second window of its holder', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const lease = await room.service.leaseCase(ADA, caseId)
    expect((await room.service.leaseCase(ADA, caseId)).token).toBe(lease.token)
  })

  it('is given back by its holder alone, and all of them at sign-out', async () => {
    await using room = await SampleRoom.open()
    const one = await room.addCase()
    const two = await room.addCase()
    const lease = await room.service.leaseCase(ADA, one.caseId)
    await room.service.giveBack(BEN, one.caseId, { token: lease.token })
    expect(await refusal(room.service.leaseCase(BEN, one.caseId))).toBe('already-leased')
    await room.service.giveBack(ADA, one.caseId, { token: lease.token })
    await room.service.leaseCase(BEN, one.caseId)
    await room.service.leaseCase(ADA, two.caseId)
    expect(await room.service.giveBackAll('ada', 'signed-out')).toBe(1)
    expect((await room.service.leaseNext(CLEO, {}))?.caseId).toBe(two.caseId)
    expect((await room.service.queues(BEN)).mine.map(({ caseId }) => caseId)).toEqual([one.caseId])
  })

  it('ends when a supervisor moves the case to another queue', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'fr', title: 'France', groups: ['reviewers-fr'] },
        { name: 'all', title: 'All' },
      ],
    })
    const { caseId } = await room.addCase({ queue: 'all' })
    const lease = await room.service.leaseCase(ADA, caseId)
    const body = await room.verdict(ADA, lease)
    await room.service.move(CLEO, caseId, { queue: 'fr' })
    expect(await refusal(room.service.decide(ADA, caseId, body))).toBe('not-found')
    expect(await refusal(room.service.move(CLEO, caseId, { queue: 'all' }))).toBe('not-found')
  })

  it('waits for nobody in particular once a supervisor has moved the case', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'fr', title: 'France' },
        { name: 'all', title: 'All' },
      ],
    })
    const { caseId } = await room.addCase({ queue: 'all' })
    await room.service.assign(CLEO, caseId, { to: 'ada' })
    expect((await room.service.move(CLEO, caseId, { queue: 'fr' })).assignedTo).toBeUndefined()
    expect((await room.service.leaseNext(BEN, {}))?.caseId).toBe(caseId)
  })

  it('ends with an entry of the audit that says which one and why, unless another entry says so', async () => {
    await using room = await SampleRoom.open({
      queues: [
        { name: 'fr', title: 'France' },
        { name: 'all', title: 'All' },
      ],
    })
    const { caseId } = await room.addCase({ queue: 'all', hits: [{}, {}] })
    const { token } = await room.service.leaseCase(ADA, caseId)
    await room.service.giveBack(ADA, caseId, { token })
    await room.service.giveBack(ADA, caseId, { token })
    await room.service.leaseCase(ADA, caseId)
    await room.pass(601)
    await room.service.expireLeases()
    await room.service.leaseCase(ADA, caseId)
    await room.pass(601)
    await room.service.leaseCase(BEN, caseId)
    await room.service.giveBackAll('ben', 'signed-out')
    await room.service.leaseCase(ADA, caseId)
    await room.service.move(CLEO, caseId, { queue: 'fr' })
    expect(await entriesOf(room, 'lease-ended')).toEqual([
      ['ada', { token: 1, why: 'given-back' }],
      ['system', { token: 2, why: 'expired' }],
      ['system', { token: 3, why: 'expired' }],
      ['ben', { token: 4, why: 'signed-out' }],
      ['cleo', { token: 5, why: 'moved' }],
    ])
    const { undoId } = await room.decide(ADA, caseId)
    await room.service.undo(ADA, undoId)
    expect((await entriesOf(room, 'decided'))[0][1]).toMatchObject({ token: 6, endsLease: true })
  })

  it('and a hold leave the digests of their reasons in the audit, and each reason in the store', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    for (const reason of ['Too long.', 'Still too long.']) {
      const { token } = await room.service.leaseCase(ADA, caseId)
      await room.service.skip(ADA, caseId, { token, reason })
    }
    await room.service.hold(CLEO, caseId, { hold: true, reason: 'Order 1.' })
    await room.service.hold(CLEO, caseId, { hold: false, reason: 'Order 2.' })
    expect(await entriesOf(room, 'case-skipped')).toEqual([
      ['ada', { token: 1, reason: sha256Hex('Too long.') }],
      ['ada', { token: 2, reason: sha256Hex('Still too long.') }],
    ])
    expect(await entriesOf(room, 'hold-lifted')).toEqual([['cleo', { reason: sha256Hex('Order 2.') }]])
    const kept = async (table: 'skips' | 'holds'): Promise<readonly string[]> =>
      (await room.store.server.selectFrom(table).select('reason').orderBy('reason').execute()).map(
        ({ reason }) => reason,
      )
    expect(await kept('skips')).toEqual(['Still too long.', 'Too long.'])
    expect(await kept('holds')).toEqual(['Order 1.', 'Order 2.'])
  })

  it('and each reading of a case are entries of the audit', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    await room.service.leaseNext(ADA, {})
    await room.service.caseView(ADA, caseId)
    const { rows } = await sql<{ action: string }>`
      select action from audit_entries where actor = 'ada' order by leaf_index`.execute(room.store.owner)
    expect(rows.map(({ action }) => action)).toEqual(['case-leased', 'case-read'])
  })
})

async function entriesOf(
  room: SampleRoom,
  action: AuditAction,
): Promise<[string, AuditEntryView['details']][]> {
  const { entries } = await listAudit(room.store.server, { action })
  return entries.toReversed().map(({ actor, details }) => [actor, details])
}
