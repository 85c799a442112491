// What reviews and lawful viewings say of the lists, out of the topics of decisions and outcomes: no person, reason or reference.
import { decodeDecision, type Decision } from '../../contract/decision.ts'
import { decodeOutcomeRecord, type Outcome } from '../../contract/outcome.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { LogRecord } from '../../log/event-log.ts'

/**
 * confirmed, known-entry-wrong: a lawful viewing found so. list-error-suspected: a reviewer, who has not seen the file,
 * suspects so.
 */
export type Cause = 'confirmed' | 'known-entry-wrong' | 'list-error-suspected'

export interface Judgement {
  readonly cause: Cause
  readonly hitId: string
  /** Of a wrong entry alone: the one that is wrong. */
  readonly entry: { readonly source: string; readonly sourceId: string } | undefined
  readonly atMs: number
}

/** The judgements of some records of one partition, in order. A decision that another one of them corrects has none. */
export function judgementsOf(
  records: readonly LogRecord[],
  kind: 'decisions' | 'outcomes',
): readonly Judgement[] {
  const found = records.map(({ value }) =>
    kind === 'decisions' ? decodeDecision(value) : decodeOutcomeRecord(value),
  )
  const messages = found.filter((one): one is Decision | Outcome => !(one instanceof Rejection))
  const corrected = new Set(messages.map((one) => ('supersedes' in one ? one.supersedes : undefined)))
  return messages.flatMap((one): Judgement[] => {
    if (one.schema === 'outcome/1') return ofOutcome(one)
    const { verdict, decisionId, hitId, decidedAt } = one
    if (verdict !== 'list-error-suspected' || corrected.has(decisionId)) return []
    return [{ cause: verdict, hitId, entry: undefined, atMs: Date.parse(decidedAt) }]
  })
}

function ofOutcome({ finding, hitId, knownEntry, reportedAt }: Outcome): Judgement[] {
  const atMs = Date.parse(reportedAt)
  if (finding === 'confirmed') return [{ cause: finding, hitId, entry: undefined, atMs }]
  // A near value that is another picture says nothing against the list: not-a-match is no feedback.
  if (finding !== 'known-entry-wrong' || knownEntry === undefined) return []
  return [{ cause: finding, hitId, entry: knownEntry, atMs }]
}
