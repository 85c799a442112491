// The commands of the model test: what people, time, intake and the publisher do to a few cases, in any order.
import fc, { type AsyncCommand } from 'fast-check'
import { sql } from 'kysely'
import { evidenceOfAll, type Verdict } from '../../../src/contract/decision.ts'
import type { CaseView } from '../../../src/contract/review.ts'
import { ReviewProblem } from '../../../src/review/problems.ts'
import type { Actor } from '../../../src/review/rights.ts'
import { person, sampleHit, type SampleRoom } from '../sample-cases.ts'
import { matchOf } from '../made-hits.ts'
import { requireInvariants } from './review-invariants.ts'

export const PEOPLE = [
  person('ada'),
  person('ben', 'second-reviewer'),
  person('dora', 'second-reviewer'),
  person('cleo', 'supervisor'),
  person('cem', 'supervisor'),
]
const ACTORS = ['ann', 'bob']

/** What the store cannot say: what was sent, and what could be undone or corrected. */
export interface Told {
  readonly sent: { readonly decisionId: string; readonly hitId: string }[]
  readonly undoIds: { readonly undoId: string; readonly by: Actor }[]
}

type Step = (room: SampleRoom, told: Told) => Promise<void>

/** Does the step, a refusal by the closed list being no fault, and holds the store against the invariants. */
class Command implements AsyncCommand<Told, SampleRoom> {
  readonly #name: string
  readonly #step: Step
  constructor(name: string, step: Step) {
    this.#name = name
    this.#step = step
  }

  check(): boolean {
    return true
  }

  async run(told: Told, room: SampleRoom): Promise<void> {
    try {
      await this.#step(room, told)
    } catch (error) {
      if (!(error instanceof ReviewProblem)) throw error
    }
    await requireInvariants(room.store.owner, told)
  }

  toString(): string {
    return this.#name
  }
}

const someone = fc.constantFrom(...PEOPLE)
const someCase = fc.nat(3)
const verdict = fc.constantFrom<Verdict>('refer', 'refer', 'insufficient', 'needs-second')

const caseNumber = async (room: SampleRoom, at: number) => {
  const rows = await room.store.owner.selectFrom('cases').selectAll().orderBy('case_id').execute()
  return rows[at % rows.length]
}

const leaseNext = someone.map(
  (who) =>
    new Command(`${who.subject} leases the next case`, async (room) => {
      await room.service.leaseNext(who, {})
    }),
)

const leaseCase = fc.tuple(someone, someCase).map(
  ([who, at]) =>
    new Command(`${who.subject} leases case ${String(at)}`, async (room) => {
      await room.service.leaseCase(who, (await caseNumber(room, at)).case_id)
    }),
)

interface How {
  /** Which hits, by bits; 0: all. */
  readonly part: number
  /** With the token of an earlier lease. */
  readonly isStale: boolean
}

/** Decides on what this person sees now. */
async function decideOn(
  room: SampleRoom,
  told: Told,
  { actor, at, said, part, isStale }: { actor: Actor; at: number; said: Verdict } & How,
): Promise<void> {
  const before = await caseNumber(room, at)
  const view = await room.service.caseView(actor, before.case_id)
  if (before.stage !== 'supervisor') await requireBlind(room, view)
  const waiting = view.hits.filter(({ isWaiting }) => isWaiting)
  const chosen = part === 0 ? waiting : waiting.filter((_, hit) => (part >> (hit % 3)) & 1)
  const token = Math.max(1, Number(before.lease_token) - (isStale ? 1 : 0))
  const { undoId } = await room.service.decide(actor, before.case_id, {
    token,
    evidence: evidenceOfAll(chosen.map(({ hit, evidence }) => ({ hitId: hit.hitId, evidence }))),
    ...(part === 0 || chosen.length === 0 ? {} : { hitIds: chosen.map(({ hit }) => hit.hitId) }),
    verdict: said,
    reason: '',
    note: '',
  })
  told.undoIds.push({ undoId, by: actor })
  const isFenced =
    before.state === 'leased' && before.lease_holder === actor.subject && Number(before.lease_token) === token
  if (!isFenced) throw new Error('A decision was taken without its lease.')
}

/** No opinion on a hit that has never been decided shows to who gives the next one. */
async function requireBlind(room: SampleRoom, { history }: CaseView): Promise<void> {
  const { rows } = await sql<{ decision_id: string }>`
    select d.decision_id from decisions d where not exists (
      select from decisions s where s.hit_id = d.hit_id
        and (s.stands or exists (select from decisions x where x.supersedes = s.decision_id)))`.execute(
    room.store.owner,
  )
  const hidden = new Set(rows.map((row) => row.decision_id))
  if (history.some(({ decisionId }) => hidden.has(decisionId)))
    throw new Error('Broken: an opinion on a hit that waits for the next one was shown.')
}

const how = fc.record({ part: fc.constantFrom(0, 0, 0, 1, 2, 6), isStale: fc.nat(9).map((n) => n === 0) })

/** Without asking for a lease: mostly as the holder. */
const decide = fc.tuple(someone, fc.boolean(), someCase, verdict, how).map(
  ([who, asHolder, at, said, rest]) =>
    new Command(
      `${asHolder ? 'the holder' : who.subject} says ${said} on case ${String(at)} ${JSON.stringify(rest)}`,
      async (room, told) => {
        const { lease_holder } = await caseNumber(room, at)
        const holder = PEOPLE.find(({ subject }) => subject === lease_holder)
        await decideOn(room, told, { actor: asHolder && holder ? holder : who, at, said, ...rest })
      },
    ),
)

const leaseAndDecide = fc.tuple(someone, someCase, verdict, how).map(
  ([actor, at, said, rest]) =>
    new Command(
      `${actor.subject} leases case ${String(at)} and says ${said} ${JSON.stringify(rest)}`,
      async (room, told) => {
        await room.service.leaseCase(actor, (await caseNumber(room, at)).case_id)
        await decideOn(room, told, { actor, at, said, ...rest })
      },
    ),
)

const undo = fc.nat(3).map(
  (back) =>
    new Command(`the last verdict but ${String(back)} is undone`, async (room, told) => {
      const one = told.undoIds.at(-1 - back)
      if (one === undefined) return
      await room.service.undo(one.by, one.undoId)
    }),
)

const correct = fc.tuple(someone, fc.nat(9)).map(
  ([who, at]) =>
    new Command(`${who.subject} corrects decision ${String(at)}`, async (room, told) => {
      const rows = await room.store.owner
        .selectFrom('decisions')
        .innerJoin('hits', 'hits.hit_id', 'decisions.hit_id')
        .select(['decisions.decision_id', 'hits.evidence'])
        .orderBy('decisions.decided_at')
        .orderBy('decisions.decision_id')
        .execute()
      if (rows.length === 0) return
      const { decision_id: supersedes, evidence } = rows[at % rows.length]
      const { undoId } = await room.service.correct(who, {
        supersedes,
        evidence,
        verdict: 'duplicate',
        reason: '',
        note: '',
      })
      told.undoIds.push({ undoId, by: who })
    }),
)

const giveUp = fc.tuple(someCase, fc.boolean()).map(
  ([at, isSkip]) =>
    new Command(`the holder of case ${String(at)} ${isSkip ? 'skips it' : 'gives it back'}`, async (room) => {
      const { case_id, lease_holder, lease_token } = await caseNumber(room, at)
      const holder = PEOPLE.find(({ subject }) => subject === lease_holder)
      if (holder === undefined) return
      const body = { token: Number(lease_token) }
      if (isSkip) await room.service.skip(holder, case_id, { ...body, reason: '' })
      else await room.service.giveBack(holder, case_id, body)
    }),
)

const direct = fc.tuple(someCase, fc.constantFrom(...PEOPLE, null)).map(
  ([at, to]) =>
    new Command(`case ${String(at)} is assigned`, async (room) => {
      const { case_id } = await caseNumber(room, at)
      await room.service.assign(PEOPLE[3], case_id, { to: to === null ? null : to.subject })
    }),
)

const pass = fc.constantFrom(4, 12, 12, 700).map(
  (seconds) =>
    new Command(`${String(seconds)} seconds pass`, async (room) => {
      await room.pass(seconds)
      await room.service.expireLeases()
    }),
)

/** A new report of an uploader, or new evidence of one that is there. */
const intake = fc.tuple(fc.constantFrom(...ACTORS), fc.nat(4), fc.nat(2)).map(
  ([actorRef, report, evidence]) =>
    new Command(
      `report ${String(report)} of ${actorRef} comes with evidence ${String(evidence)}`,
      async (room) => {
        const hit = sampleHit(
          { reportId: `${actorRef}-${String(report)}` },
          { platform: 'example', actorRef, priority: 50 },
        )
        await room.takeIn([{ ...hit, matches: [...hit.matches, matchOf(`more-${String(evidence)}`)] }])
      },
    ),
)

/** As the outbox's publisher does: what is due, locked while it is sent. */
const publish = fc.constant(
  new Command('the publisher sends what is due', (room, told) =>
    room.store.server.transaction().execute(async (tx) => {
      const { rows } = await sql<{ outbox_id: string; value: string }>`
        delete from outbox where outbox_id in (
          select outbox_id from outbox where due_at <= ${room.clock} for update skip locked)
        returning outbox_id, value`.execute(tx)
      for (const { value } of rows)
        // Encoded by the code under test; the invariants look at it.
        told.sent.push(JSON.parse(value) as Told['sent'][number])
    }),
  ),
)

/** As often as they do most harm. */
const STEPS = [
  ...Array.from({ length: 6 }, () => leaseAndDecide),
  ...Array.from({ length: 3 }, () => pass),
  ...Array.from({ length: 2 }, () => decide),
  ...Array.from({ length: 2 }, () => undo),
  ...Array.from({ length: 2 }, () => publish),
  leaseNext,
  leaseCase,
  correct,
  giveUp,
  direct,
  intake,
]

export const reviewCommands = fc.commands(STEPS, { maxCommands: 80, size: 'max' })
