// What a person has decided on lists: written with its entry of the audit before anything of it is published.
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import { CURATION_SOURCE, parseTypedValue, type EntryIdentity } from '../../contract/known-hash.ts'
import type { ApproveBody, CurateBody, CurationView } from '../../contract/review.ts'
import { isHashType } from '../../hash/hash-type.ts'
import { DEGENERATE_SUPPRESSION } from '../../lists/curate/curation.ts'
import { isDegenerate } from '../../lists/import/terms.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import type { Tables } from '../store/tables.ts'

/** The last ones that are shown. */
const SHOWN = 50

/** An entry by its key, a value in all lists, or a file in one list. */
export type EntriesTarget =
  EntryIdentity | Pick<EntryIdentity, 'type' | 'value'> | Pick<EntryIdentity, 'source' | 'sourceId'>

/** What a decision is about: entries, or a pending change. */
export type Target = EntriesTarget | { readonly source: string; readonly pendingId: string }

export type Curation = Selectable<Tables['curation.curations']>

/** Checks the request, and writes it. Once this has resolved it will be published, whatever is killed meanwhile. */
export async function orderCuration(
  context: ReviewContext,
  person: string,
  body: CurateBody,
): Promise<CurationView> {
  const { kind, reason } = body
  const until = 'until' in body ? body.until : undefined
  return order(context, person, { kind, target: canonicalTarget(body), reason, until })
}

/** The same for a word on a pending change. */
export const orderApproval = (
  context: ReviewContext,
  person: string,
  { source, pendingId, verdict, reason }: ApproveBody,
): Promise<CurationView> => order(context, person, { kind: verdict, target: { source, pendingId }, reason })

interface Order {
  readonly kind: Curation['kind']
  readonly target: Target
  readonly reason: string
  readonly until?: string | undefined
}

function canonicalTarget({ kind, target }: CurateBody): Target {
  if ('source' in target && target.source === CURATION_SOURCE)
    throw new ReviewProblem('invalid', 'A suppression is ended, not disabled: it would match again')
  if (!('value' in target)) return target
  const hash = parseTypedValue(target.type, target.value)
  if (hash === undefined) throw new ReviewProblem('invalid', 'The value is not one of its type')
  if (kind === 'suppress' && !isHashType(hash.type))
    throw new ReviewProblem('invalid', 'A value of this type is not searched: there is nothing to suppress')
  if (kind === 'suppress' && isDegenerate(hash)) throw new ReviewProblem('invalid', DEGENERATE_SUPPRESSION)
  return 'source' in target ? { ...hash, source: target.source, sourceId: target.sourceId } : hash
}

/** Whether a target names these entries. */
export function namesEntry(target: Target, entry: EntryIdentity): boolean {
  if ('pendingId' in target) return false
  if ('value' in target && (target.type !== entry.type || target.value !== entry.value)) return false
  return !('source' in target) || (target.source === entry.source && target.sourceId === entry.sourceId)
}

async function order(
  context: ReviewContext,
  person: string,
  { kind, target, reason, until }: Order,
): Promise<CurationView> {
  return context.db.transaction().execute(async (tx) => {
    const at = await timeNow(tx, context)
    if (until !== undefined && Date.parse(until) <= at.getTime())
      throw new ReviewProblem('invalid', 'The time at which it ends has to be later than now')
    const row = await tx
      .insertInto('curation.curations')
      .values({
        curation_id: randomUUID(),
        kind,
        source: 'source' in target ? target.source : null,
        target: canonicalJson(target),
        person,
        reason,
        until: until ?? null,
        at,
        done_at: null,
        entries: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    // A digest, so that neither reason nor target can be changed unseen. It begins with a random id: or who has a list could
    // tell from the audit which of its values it is about.
    const digest = sha256Hex(`${row.curation_id}\n${reason}\n${row.target}`)
    const details = {
      kind,
      curationId: row.curation_id,
      ...(row.source === null ? {} : { source: row.source }),
      ...(until === undefined ? {} : { until }),
      digest,
    }
    await appendAudit(tx, [{ action: 'list-curated', actor: person, details }], at)
    return viewOf(row)
  })
}

/** Newest first. */
export async function newestCurations({ db }: ReviewContext): Promise<readonly CurationView[]> {
  const rows = await db
    .selectFrom('curation.curations')
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('curation_id')
    .limit(SHOWN)
    .execute()
  return rows.map(viewOf)
}

export const viewOf = (row: Curation): CurationView => ({
  curationId: row.curation_id,
  kind: row.kind,
  ...(row.source === null ? {} : { source: row.source }),
  ...fileOf(targetOf(row)),
  person: row.person,
  reason: row.reason,
  at: row.at.toISOString(),
  ...(row.until === null ? {} : { until: row.until.toISOString() }),
  ...(row.done_at === null ? {} : { doneAt: row.done_at.toISOString() }),
  ...(row.entries === null ? {} : { entries: row.entries }),
})

/** Looking at values is an entry of the audit, so an id that is one isn't shown with the decision. */
function fileOf(target: Target): Pick<CurationView, 'sourceId'> {
  if (!('sourceId' in target)) return {}
  const { sourceId } = target
  const isValue = ('value' in target && target.value === sourceId) || DIGEST.test(sourceId)
  return isValue ? {} : { sourceId }
}

const DIGEST = /^[0-9a-f]{32,}$/i

/** As `order` has written it. */
export const targetOf = ({ target }: Pick<Curation, 'target'>): Target =>
  // Only `order` writes the column, from a Target.
  JSON.parse(target) as Target
