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
import { casesWhere } from './related.ts'

/** Counts only what the asker may read, and only decisions that stand. */
export async function knownEntry(
  context: ReviewContext,
  actor: Actor,
  body: KnownEntryBody,
): Promise<KnownEntryView> {
  requireRight(actor, 'entry.read')
  const { entry, hitId, match } = await entryAsHit(context, actor, body)
  const name = entryName(body)
  const [hitsByDay, hits, decisions, outcomes, isSuspected, cases] = await Promise.all([
    countByDay(context, actor, name),
    countHits(context, actor, name),
    countDecisions(context, actor, name),
    countOutcomes(context, actor, name),
    isEntrySuspected(context, name),
    casesWhere(
      context,
      actor,
      sql`c.case_id in (select h.case_id from hits h where h.known_entries @> array[${name}]::text[])`,
    ),
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
    hits,
    hitsByDay,
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

/** The entry as the newest hit that the asker may read has it. */
async function entryAsHit(
  context: ReviewContext,
  actor: Actor,
  { source, sourceId }: KnownEntryBody,
): Promise<{ readonly entry: KnownEntry; readonly hitId: string; readonly match: Match }> {
  const { rows } = await sql<{ body: string }>`
    select h.body ${hitsWith(context, actor, entryName({ source, sourceId }))}
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

const hitsWith = (context: ReviewContext, actor: Actor, name: string) => sql`
  from hits h join cases c on c.case_id = h.case_id
  where h.known_entries @> array[${name}]::text[] and c.queue = any(${queuesOf(context, actor)})`

async function countHits(context: ReviewContext, actor: Actor, name: string): Promise<number> {
  const { rows } = await sql<{ hits: string }>`
    select count(*) as hits ${hitsWith(context, actor, name)}`.execute(context.db)
  return Number(rows[0].hits)
}

async function countByDay(
  context: ReviewContext,
  actor: Actor,
  name: string,
): Promise<KnownEntryView['hitsByDay']> {
  const { rows } = await sql<{ day: string; hits: string }>`
    select to_char(h.received_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as hits
    ${hitsWith(context, actor, name)} and h.received_at > ${context.clock} - interval '90 days'
    group by day order by day`.execute(context.db)
  return rows.map(({ day, hits }) => ({ day, hits: Number(hits) }))
}

async function countDecisions(
  context: ReviewContext,
  actor: Actor,
  name: string,
): Promise<KnownEntryView['decisions']> {
  const { rows } = await sql<{ verdict: KnownEntryView['decisions'][number]['verdict']; count: string }>`
    select d.verdict, count(*) as count from decisions d
    where d.stands and d.hit_id in (select h.hit_id ${hitsWith(context, actor, name)})
    group by d.verdict order by count desc, d.verdict`.execute(context.db)
  return rows.map(({ verdict, count }) => ({ verdict, count: Number(count) }))
}

async function countOutcomes(
  context: ReviewContext,
  actor: Actor,
  name: string,
): Promise<KnownEntryView['outcomes']> {
  const { rows } = await sql<{ finding: KnownEntryView['outcomes'][number]['finding']; count: string }>`
    select o.finding, count(*) as count from outcomes o
    where (o.entry is null or o.entry = ${name})
      and o.hit_id in (select h.hit_id ${hitsWith(context, actor, name)})
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
