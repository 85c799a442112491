// The digests of decisions as the store has them: the audit keeps them, so that a row changed by hand is found.
import type { Selectable } from 'kysely'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { Tables } from '../store/tables.ts'

/** All columns but `stands`: a correction and an undo change that one. */
export type DecisionRow = Readonly<Omit<Selectable<Tables['decisions']>, 'stands'>>

export const DECISION_COLUMNS = [
  'decision_id',
  'verdict_id',
  'case_id',
  'hit_id',
  'stage',
  'verdict',
  'reviewer',
  'reason',
  'note',
  'evidence',
  'match_keys',
  'decided_at',
  'supersedes',
] as const satisfies readonly (keyof DecisionRow)[]

/** SHA-256 over the row's canonical JSON, in hexadecimal digits. */
export function decisionDigest(row: DecisionRow): string {
  const fields = DECISION_COLUMNS.map((name) => [name, fieldOf(row[name])] as const)
  return sha256Hex(canonicalJson(Object.fromEntries(fields)))
}

/** A text as PostgreSQL gives it back: half of a surrogate pair is not kept. */
function fieldOf(field: DecisionRow[keyof DecisionRow]): unknown {
  if (Buffer.isBuffer(field)) return field.toString('hex')
  if (field instanceof Date) return field.toISOString()
  return typeof field === 'string' ? field.toWellFormed() : field
}

/** One digest for all decisions of a verdict, whatever order they are in. */
export const verdictDigest = (ofDecisions: readonly string[]): string =>
  sha256Hex(
    ofDecisions
      .toSorted()
      .map((digest) => `${digest}\n`)
      .join(''),
  )

/** What an entry of retention says of decisions that have left: `verdictId:digest`, by spaces. */
export const retiredDecisions = (rows: readonly DecisionRow[]): string =>
  rows.map((row) => `${row.verdict_id}:${decisionDigest(row)}`).join(' ')

export const readRetiredDecisions = (text: string): readonly { verdictId: string; digest: string }[] =>
  text
    .split(' ')
    .map((one) => one.split(':'))
    .map(([verdictId, digest = '']) => ({ verdictId, digest }))
