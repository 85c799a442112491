// What people may see: lists, search, related cases, known entries, references, and what supervisors do.
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { CasePage, SearchBody } from '../../../src/contract/review.ts'
import { listAudit } from '../../../src/review/audit/list-audit.ts'
import type { Actor } from '../../../src/review/rights.ts'
import { ADA, AUDRE, BEN, CLEO, OTTO, person, refusal, refusalOf, SampleRoom } from '../sample-cases.ts'

const TWO_QUEUES = {
  queues: [
    { name: 'fr', title: 'France', when: { platforms: ['french'] }, groups: ['reviewers-fr'] },
    { name: 'all', title: 'All' },
  ],
}
const MARIE: Actor = { ...person('marie'), groups: ['reviewers-fr'] }

const idsOf = ({ cases }: Pick<CasePage, 'cases'>): string[] => cases.map(({ caseId }) => caseId)

describe('The list of cases', () => {
  it('has open and leased ones in the order of the queue, page after page, each once', async () => {
    await using room = await SampleRoom.open()
    const added: { caseId: string; priority: number; oldestAt: string }[] = []
    for (let at = 0; at < 25; at += 1) {
      const priority = 1 + (at % 4)
      const oldestAt = `2026-11-${String(10 + (at % 7))}T00:00:00.000Z`
      added.push({ ...(await room.addCase({ priority, oldestAt })), priority, oldestAt })
    }
    await room.service.leaseNext(ADA, {})
    await room.service.leaseNext(ADA, {})
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await room.service.cases(BEN, { limit: 4, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...idsOf(page))
      cursor = page.next
    } while (cursor !== undefined)
    const expected = added.toSorted(
      (a, b) =>
        b.priority - a.priority ||
        a.oldestAt.localeCompare(b.oldestAt) ||
        Number(a.caseId) - Number(b.caseId),
    )
    expect(seen).toEqual(expected.map(({ caseId }) => caseId))
    expect(idsOf(await room.service.cases(ADA, { mine: true }))).toHaveLength(2)
    expect(idsOf(await room.service.cases(BEN, { state: 'open' }))).toHaveLength(23)
    expect(await refusal(room.service.cases(BEN, { cursor: 'nonsense' }))).toBe('invalid')
  })

  it('has decided ones newest first, in pages', async () => {
    await using room = await SampleRoom.open()
    const decided: string[] = []
    for (let at = 0; at < 5; at += 1) {
      const { caseId } = await room.addCase()
      await room.decide(ADA, caseId)
      decided.unshift(caseId)
    }
    const first = await room.service.cases(BEN, { state: 'decided', limit: 3 })
    const rest = await room.service.cases(BEN, { state: 'decided', limit: 3, cursor: first.next ?? '' })
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(decided)
    expect(idsOf(await room.service.cases(ADA, { state: 'decided', mine: true }))).toHaveLength(5)
    expect(idsOf(await room.service.cases(BEN, { state: 'decided', mine: true }))).toEqual([])
  })

  it('and the queues tell who holds a case to those who direct cases alone', async () => {
    await using room = await SampleRoom.open()
    await room.addCase()
    await room.service.leaseNext(ADA, {})
    const [asBen, asCleo] = await Promise.all([room.service.cases(BEN, {}), room.service.cases(CLEO, {})])
    expect(asBen.cases[0].leasedBy).toBeUndefined()
    expect(asCleo.cases[0].leasedBy).toBe('ada')
    expect((await room.service.queues(OTTO)).queues).toMatchObject([{ name: 'all', open: 0, leased: 1 }])
  })
})

describe('A case of a queue that is not the asker’s', () => {
  it('does not exist, whatever way it is asked for', async () => {
    await using room = await SampleRoom.open(TWO_QUEUES)
    const entries = ['iwf/9']
    const foreign = await room.addCase({ platform: 'french', actorRef: 'x', hits: [{ entries }] })
    const own = await room.addCase({ actorRef: 'x', hits: [{ entries }] })
    const { service } = room
    const [hitId] = foreign.hitIds
    const cleo = CLEO
    const refusals = await Promise.all([
      refusal(service.caseView(ADA, foreign.caseId)),
      refusal(service.related(ADA, foreign.caseId)),
      refusal(service.leaseCase(ADA, foreign.caseId)),
      refusal(service.renew(ADA, foreign.caseId, { token: 1 })),
      refusal(service.giveBack(ADA, foreign.caseId, { token: 1 })),
      refusal(service.skip(ADA, foreign.caseId, { token: 1, reason: '' })),
      refusal(service.readReference(ADA, hitId, { reference: 'actorRef' })),
      refusal(service.reportOutcome(ADA, hitId, { finding: 'confirmed', basis: 'consent', reason: '' })),
      refusal(service.assign(cleo, foreign.caseId, { to: 'cleo' })),
      refusal(service.move(cleo, foreign.caseId, { queue: 'all' })),
      refusal(service.raise(cleo, foreign.caseId, { priority: 99 })),
      refusal(service.hold(cleo, foreign.caseId, { hold: true, reason: '' })),
      refusal(service.cases(ADA, { queue: 'fr' })),
    ])
    expect(new Set(refusals)).toEqual(new Set(['not-found']))
    expect(idsOf(await service.search(ADA, { kind: 'hitId', value: hitId }))).toEqual([])
    expect(idsOf(await service.cases(ADA, {}))).toEqual([own.caseId])
    expect((await service.related(ADA, own.caseId)).sameKnownEntry).toEqual([])
    expect(await service.knownEntry(ADA, { source: 'iwf', sourceId: '9' })).toMatchObject({ hits: 1 })
    expect(await service.knownEntry(MARIE, { source: 'iwf', sourceId: '9' })).toMatchObject({ hits: 2 })
    expect((await service.queues(ADA)).queues.map(({ name }) => name)).toEqual(['all'])
  })

  it('does not exist for a person who has no queue at all', async () => {
    await using room = await SampleRoom.open({
      queues: [{ name: 'all', title: 'All', groups: ['reviewers'] }],
    })
    const { caseId } = await room.addCase()
    expect(await refusal(room.service.caseView(ADA, caseId))).toBe('not-found')
    expect(await room.service.leaseNext(ADA, {})).toBeUndefined()
    expect(await room.service.queues(ADA)).toEqual({ queues: [], mine: [] })
    expect(await room.service.cases(ADA, {})).toEqual({ cases: [] })
    expect(await room.service.cases(ADA, { state: 'decided' })).toEqual({ cases: [] })
    expect(await room.service.search(ADA, { kind: 'actorRef', value: 'x' })).toEqual({ cases: [] })
  })

  it('is found again when the settings no longer name its queue', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase({ queue: 'gone' })
    await room.store.owner.updateTable('cases').set({ assigned_to: 'marie' }).execute()
    expect(await refusal(room.service.caseView(ADA, caseId))).toBe('not-found')
    expect(await room.service.adoptCases()).toBe(1)
    expect((await room.service.caseView(ADA, caseId)).case.queue).toBe('all')
    expect((await room.service.leaseNext(ADA, {}))?.caseId).toBe(caseId)
  })
})

describe('Search', () => {
  it('finds cases by each kind of value, exactly', async () => {
    await using room = await SampleRoom.open()
    const { caseId, hitIds } = await room.addCase({
      actorRef: 'ann',
      hits: [{ reportId: 'r1', cybertipId: '77', entries: ['iwf/9'] }],
    })
    await room.addCase()
    const [{ hit }] = (await room.service.caseView(ADA, caseId)).hits
    const [{ type, value }] = hit.matches
    const asked: readonly (readonly [SearchBody['kind'], string])[] = [
      ['hitId', hitIds[0]],
      ['reportId', 'r1'],
      ['contentRef', 'content-r1'],
      ['actorRef', 'ann'],
      ['cybertipId', '77'],
      ['knownEntry', 'iwf/9'],
      ['hashValue', value],
      ['hashValue', `${type}:${value.toUpperCase()}`],
    ]
    for (const [kind, text] of asked) {
      expect(idsOf(await room.service.search(ADA, { kind, value: text }))).toEqual([caseId])
      expect(idsOf(await room.service.search(ADA, { kind, value: `${text}0` }))).toEqual([])
    }
  })

  it('gives pages, newest first', async () => {
    await using room = await SampleRoom.open()
    for (let at = 0; at < 55; at += 1) await room.addCase({ hits: [{ entries: ['iwf/9'] }] })
    const first = await room.service.search(ADA, { kind: 'knownEntry', value: 'iwf/9' })
    const rest = await room.service.search(ADA, {
      kind: 'knownEntry',
      value: 'iwf/9',
      cursor: first.next ?? '',
    })
    const all = [...idsOf(first), ...idsOf(rest)].map(Number)
    expect(new Set(all).size).toBe(55)
    expect(all).toEqual(all.toSorted((a, b) => b - a))
  })

  it('is for those who work on cases', async () => {
    await using room = await SampleRoom.open()
    for (const actor of [OTTO, AUDRE])
      expect(await refusalOf(() => room.service.search(actor, { kind: 'actorRef', value: 'x' }))).toBe(
        'not-permitted',
      )
  })
})

describe('Related cases and known entries', () => {
  it('are those of the same uploader, collection and known entry', async () => {
    await using room = await SampleRoom.open()
    const first = await room.addCase({ actorRef: 'ann' })
    await room.decide(ADA, first.caseId)
    const second = await room.addCase({
      actorRef: 'ann',
      hits: [{ collectionRef: 'album', entries: ['iwf/9'] }],
    })
    const album = await room.addCase({ hits: [{ collectionRef: 'album' }] })
    const file = await room.addCase({ hits: [{ entries: ['iwf/9'] }] })
    const found = await room.service.related(BEN, second.caseId)
    expect(idsOf({ cases: found.sameActor })).toEqual([first.caseId])
    expect(idsOf({ cases: found.sameCollection })).toEqual([album.caseId])
    expect(idsOf({ cases: found.sameKnownEntry })).toEqual([file.caseId])
    const view = await room.service.caseView(BEN, second.caseId)
    expect(view.history.map(({ caseId }) => caseId)).toEqual([first.caseId])
  })

  it('have their hits by day, their decisions, and who suspects them', async () => {
    await using room = await SampleRoom.open()
    const entries = ['iwf/9']
    const day = new Date().toISOString().slice(0, 10)
    const { caseId } = await room.addCase({
      oldestAt: `${day}T00:00:00.000Z`,
      hits: [{ entries }, { entries }],
    })
    await room.addCase({ oldestAt: '2020-01-01T00:00:00.000Z', hits: [{ entries }] })
    await room.decide(ADA, caseId, 'duplicate')
    const entry = { source: 'iwf', sourceId: '9' }
    await room.service.suspect(ADA, { ...entry, reason: 'A blank picture.' })
    expect(await room.service.knownEntry(AUDRE, entry)).toMatchObject({
      hits: 3,
      hitsByDay: [{ day, hits: 2 }],
      decisions: [{ verdict: 'duplicate', count: 2 }],
      isSuspected: true,
      classification: 'ncmec:A1',
    })
    const [read] = (await listAudit(room.store.server, { action: 'entry-read' })).entries
    const { match, hitId, source } = read.details
    const { match_keys: keys } = await room.store.server
      .selectFrom('hits')
      .select('match_keys')
      .where('hit_id', '=', Buffer.from(String(hitId), 'hex'))
      .executeTakeFirstOrThrow()
    expect([source, keys]).toEqual(['iwf', [match]])
    expect(await refusal(room.service.knownEntry(ADA, { ...entry, sourceId: '10' }))).toBe('not-found')
    expect(await refusalOf(() => room.service.suspect(AUDRE, { ...entry, reason: '' }))).toBe('not-permitted')
  })
})

describe('What supervisors do with a case', () => {
  it('changes its place in the queue, its hold and its assignee', async () => {
    await using room = await SampleRoom.open()
    const low = await room.addCase({ priority: 10 })
    await room.addCase({ priority: 90 })
    expect(await room.service.raise(CLEO, low.caseId, { priority: 99 })).toMatchObject({ isRaised: true })
    expect(idsOf(await room.service.cases(ADA, {}))[0]).toBe(low.caseId)
    expect(await room.service.hold(CLEO, low.caseId, { hold: true, reason: 'Warrant.' })).toMatchObject({
      hasLegalHold: true,
    })
    expect(await room.service.assign(CLEO, low.caseId, { to: 'ada' })).toMatchObject({ assignedTo: 'ada' })
    expect(await refusal(room.service.move(CLEO, low.caseId, { queue: 'nowhere' }))).toBe('invalid')
  })

  it('assigns it to nobody who could not work on it', async () => {
    await using room = await SampleRoom.open({
      queues: [{ name: 'all', title: 'All cases', groups: ['team'] }],
      secondOpinion: { grades: ['exact'] },
    })
    const cleo = { ...CLEO, groups: ['team'] }
    const eve = { ...person('eve'), groups: ['team'] }
    const max = { ...person('max', 'second-reviewer'), groups: ['team'] }
    for (const one of [eve, max, { ...person('otis', 'operator'), groups: ['team'] }]) await room.signIn(one)
    const { caseId } = await room.addCase()
    const assign = (to: string) => room.service.assign(cleo, caseId, { to })
    // A name that has never signed in, one outside of the queue's groups, and one whose role has no case.
    for (const to of ['unheard-of', 'ada', 'otis']) expect(await refusal(assign(to))).toBe('invalid')
    expect(await assign('eve')).toMatchObject({ assignedTo: 'eve' })
    await room.decide(eve, caseId)
    await room.pass(11)
    await room.signIn(person('fay'))
    expect(await refusal(assign('fay'))).toBe('invalid')
    expect(await assign('max')).toMatchObject({ assignedTo: 'max' })
  })

  it('is refused to reviewers, and on decided cases but for the hold', async () => {
    await using room = await SampleRoom.open()
    const { caseId } = await room.addCase()
    const asBen = [
      () => room.service.assign(BEN, caseId, { to: 'ben' }),
      () => room.service.move(BEN, caseId, { queue: 'all' }),
      () => room.service.raise(BEN, caseId, { priority: 99 }),
      () => room.service.hold(BEN, caseId, { hold: true, reason: '' }),
    ]
    for (const ask of asBen) expect(await refusalOf(ask)).toBe('not-permitted')
    await room.decide(ADA, caseId)
    expect(await refusal(room.service.assign(CLEO, caseId, { to: 'ada' }))).toBe('already-decided')
    expect(await refusal(room.service.raise(CLEO, caseId, { priority: 9 }))).toBe('already-decided')
    await room.service.hold(CLEO, caseId, { hold: false, reason: '' })
  })
})

describe('A reference', () => {
  it('is read by an entry of the audit that does not hold it', async () => {
    await using room = await SampleRoom.open()
    const { hitIds } = await room.addCase({ actorRef: 'uploader-77' })
    const [hitId] = hitIds
    expect(await room.service.readReference(ADA, hitId, { reference: 'actorRef' })).toEqual({
      value: 'uploader-77',
    })
    expect(await refusal(room.service.readReference(ADA, hitId, { reference: 'cybertipId' }))).toBe(
      'not-found',
    )
    await room.service.search(ADA, { kind: 'actorRef', value: 'uploader-77' })
    const { rows } = await sql<{
      entry: string
    }>`select entry from audit_entries order by leaf_index`.execute(room.store.owner)
    expect(rows.map(({ entry }) => Object(JSON.parse(entry)).action)).toEqual(['reference-read', 'searched'])
    expect(JSON.stringify(rows)).not.toContain('uploader-77')
  })
})
