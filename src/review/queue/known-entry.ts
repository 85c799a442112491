// The page of a known entry: its hits over time, what people decided on them, what was found. And suspecting it.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Hit, KnownEntry, Match } from '../../contract/hit.ts'
import type { KnownEntryBody, KnownEntryView, SuspectBody } from '../../contract/review.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Actor } from '../rights.ts'
import { queuesOf, requireRight } from './access.ts'
import { entryName, matchKey } from '../intake/hit-row.ts'
import { casesOfEntries } from './related.ts'

/** Counts only what the asker may read, and only decisions that stand. */
export async function knownEntry(
  context: ReviewContext,
  actor: Actor,
  body: KnownEntryBody,
): Promise<KnownEntryView> {
  requireRight(actor, 'entry.read')
  const { entry, hitId, match } = await entryAsHit(context, actor, body)
  const name = entryName(body)
  const [days, decisions, outcomes, isSuspected, cases] = await Promise.all([
    countByDay(context, actor, name),
    countDecisions(context, actor, name),
    countOutcomes(context, actor, name),
    isEntrySuspected(context, name),
    casesOfEntries(context, actor, [name]),
  ])
  await context.db.transaction().execute(async (tx) => {
    // Of a bare list the sourceId is the hash value: so a hit and its match name the entry.
    const details = { source: body.source, hitId, match: matchKey(match) }
    await appendAudit(
      tx,
      [{ action: 'entry-read', actor: actor.subject, details }],
      await timeNow(tx, context),
    )
  })
  return {
    source: body.source,
    sourceId: body.sourceId,
    origin: entry.origin,
    classification: `${entry.classification.scheme}:${entry.classification.code}`,
    addedAt: entry.addedAt,
    hits: days.reduce((sum, { hits }) => sum + hits, 0),
    hitsByDay: days.filter(({ isRecent }) => isRecent).map(({ day, hits }) => ({ day, hits })),
    decisions,
    outcomes,
    isSuspected,
    cases,
  }
}

/** Proposes to take the entry out. Who keeps the list decides. */
export async function suspect(
  context: ReviewContext,
  actor: Actor,
  { source, sourceId, reason }: SuspectBody,
): Promise<void> {
  requireRight(actor, 'entry.suspect')
  await entryAsHit(context, actor, { source, sourceId })
  await context.db.transaction().execute(async (tx) => {
    const at = await timeNow(tx, context)
    const suspicionId = randomUUID()
    await tx
      .insertInto('suspected_entries')
      .values({
        suspicion_id: suspicionId,
        entry: entryName({ source, sourceId }),
        decision_id: null,
        proposed_by: actor.subject,
        reason,
        proposed_at: at,
      })
      .execute()
    // Of a bare list the sourceId is the hash value: so the suspicion's own id names it.
    await appendAudit(
      tx,
      [{ action: 'entry-suspected', actor: actor.subject, details: { source, suspicionId } }],
      at,
    )
  })
}

/** The entry as a hit of the newest day has it, of those that the asker may read. */
async function entryAsHit(
  context: ReviewContext,
  actor: Actor,
  { source, sourceId }: KnownEntryBody,
): Promise<{ readonly entry: KnownEntry; readonly hitId: string; readonly match: Match }> {
  const name = entryName({ source, sourceId })
  const { rows } = await sql<{ body: string }>`
    select h.body from (
      select e.case_id ${casesWith(context, actor, name)} order by e.day desc, e.case_id desc limit 1) as newest
    join hits h on h.case_id = newest.case_id
    where h.known_entries @> array[${name}]::text[]
    order by h.received_at desc limit 1`.execute(context.db)
  if (rows.length === 0) throw new ReviewProblem('not-found')
  // Intake wrote the canonical JSON of a hit that it had checked.
  const { hitId, matches } = JSON.parse(rows[0].body) as Hit
  const found = matches
    .flatMap((match) => match.known.map((entry) => ({ entry, hitId, match })))
    .find(({ entry }) => entry.source === source && entry.sourceId === sourceId)
  if (found === undefined) throw new ReviewProblem('not-found')
  return found
}

const casesWith = (context: ReviewContext, actor: Actor, name: string) => sql`
  from entry_cases e join cases c on c.case_id = e.case_id
  where e.entry = ${name} and c.queue = any(${queuesOf(context, actor)})`

interface Day {
  readonly day: string
  readonly hits: number
  /** One of the last 90. */
  readonly isRecent: boolean
}

async function countByDay(context: ReviewContext, actor: Actor, name: string): Promise<readonly Day[]> {
  const { rows } = await sql<Day & { hits: string }>`
    select to_char(e.day, 'YYYY-MM-DD') as day, sum(e.hits) as hits,
      e.day > (${context.clock} at time zone 'UTC')::date - 90 as "isRecent"
    ${casesWith(context, actor, name)} group by e.day order by e.day`.execute(context.db)
  return rows.map((row) => ({ ...row, hits: Number(row.hits) }))
}

/** Decisions, `d`, on known entries, `de`, in cases that the asker may read. */
const decisionsOn = (context: ReviewContext, actor: Actor) => sql`
  from decided_entries de
  join decisions d on d.decision_id = de.decision_id
  join cases c on c.case_id = d.case_id and c.queue = any(${queuesOf(context, actor)})`

async function countDecisions(
  context: ReviewContext,
  actor: Actor,
  name: string,
): Promise<KnownEntryView['decisions']> {
  const { rows } = await sql<{ verdict: KnownEntryView['decisions'][number]['verdict']; count: string }>`
    select d.verdict, count(*) as count ${decisionsOn(context, actor)}
    where de.entry = ${name} and d.stands
    group by d.verdict order by count desc, d.verdict`.execute(context.db)
  return rows.map(({ verdict, count }) => ({ verdict, count: Number(count) }))
}

async function countOutcomes(
  context: ReviewContext,
  actor: Actor,
  name: string,
): Promise<KnownEntryView['outcomes']> {
  const { rows } = await sql<{ finding: KnownEntryView['outcomes'][number]['finding']; count: string }>`
    select o.finding, count(*) as count ${decisionsOn(context, actor)}
    join outcomes o on o.decision_id = d.decision_id
    where de.entry = ${name} and (o.entry is null or o.entry = ${name})
    group by o.finding order by count desc, o.finding`.execute(context.db)
  return rows.map(({ finding, count }) => ({ finding, count: Number(count) }))
}

/** By a person, or by a decision that stands. */
async function isEntrySuspected({ db }: ReviewContext, name: string): Promise<boolean> {
  const { rows } = await sql<{ is_suspected: boolean }>`
    select exists (
      select from suspected_entries s left join decisions d on d.decision_id = s.decision_id
      where s.entry = ${name} and (s.decision_id is null or d.stands)) as is_suspected`.execute(db)
  return rows[0].is_suspected
}
