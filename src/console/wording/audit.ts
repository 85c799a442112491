// The words for what people did, as the audit lists it.
import type { AuditAction } from '../../contract/review.ts'

export const AUDIT_WORDS: Readonly<Record<AuditAction, string>> = {
  'sign-in': 'Signed in',
  'sign-out': 'Signed out',
  'session-ended': 'A session ended',
  'roles-changed': 'Got other roles',
  'case-leased': 'Took a case',
  'lease-ended': 'A lease ended',
  'case-read': 'Read a case',
  'case-skipped': 'Skipped a case',
  'case-assigned': 'Assigned a case',
  'case-moved': 'Moved a case',
  'case-raised': 'Changed a priority',
  'case-reopened': 'Reopened a case',
  'hold-set': 'Set a legal hold',
  'hold-lifted': 'Lifted a legal hold',
  decided: 'Decided',
  undone: 'Undid a decision',
  corrected: 'Corrected a decision',
  'outcome-reported': 'Reported an outcome',
  'entry-suspected': 'Suspected a known entry',
  'entry-read': 'Read a known entry',
  'reference-read': 'Copied a reference',
  searched: 'Searched',
  exported: 'Exported a case',
  'audit-read': 'Read the audit',
  retired: 'Retired by age',
  'dead-letters-replayed': 'Submitted records of dead letters again',
  'held-entries-read': 'Read entries that are held back',
  'list-curated': 'Curated a list',
}

/** An action that this version does not know has its name. */
export const auditWords = (action: string): string =>
  new Map<string, string>(Object.entries(AUDIT_WORDS)).get(action) ?? action

/** `earlierCaseId` as words: `earlier case id`. */
export const detailName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
