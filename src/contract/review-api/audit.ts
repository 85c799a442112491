// The audit as it is shown, and what its verification found.
import { Type, type Static } from 'typebox'
import { Subject } from '../decision.ts'
import { Timestamp } from '../primitives.ts'
import { CaseId, Cursor, PageQuery, strict } from './parts.ts'

const AUDIT_ACTIONS = [
  'sign-in',
  'sign-out',
  'session-ended',
  'roles-changed',
  'case-leased',
  'lease-ended',
  'case-read',
  'case-skipped',
  'case-assigned',
  'case-moved',
  'case-raised',
  'case-reopened',
  'hold-set',
  'hold-lifted',
  'decided',
  'undone',
  'corrected',
  'outcome-reported',
  'entry-suspected',
  'entry-read',
  'reference-read',
  'searched',
  'exported',
  'audit-read',
  'retired',
  'dead-letters-replayed',
  'held-entries-read',
  'list-curated',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export const AuditBody = Type.Object(
  {
    ...PageQuery.properties,
    action: Type.Optional(Type.Enum([...AUDIT_ACTIONS])),
    actor: Type.Optional(Subject),
    caseId: Type.Optional(CaseId),
  },
  strict,
)
export type AuditBody = Static<typeof AuditBody>

export const AuditEntryView = Type.Object(
  {
    index: Type.Integer({ description: 'Of the leaf in the tree, from 0.' }),
    at: Timestamp,
    action: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,63}$',
      description:
        'One of those that the filter takes, or another one: an entry stays in the audit when the version that wrote it goes.',
    }),
    actor: Subject,
    caseId: Type.Optional(CaseId),
    details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  strict,
)
export type AuditEntryView = Static<typeof AuditEntryView>
export const AuditPage = Type.Object(
  { entries: Type.Array(AuditEntryView), next: Type.Optional(Cursor) },
  strict,
)
export type AuditPage = Static<typeof AuditPage>
export const AuditVerifyView = Type.Object(
  {
    isIntact: Type.Boolean(),
    entries: Type.Integer(),
    checkpoints: Type.Integer({ description: 'Published ones that were held against the tree.' }),
    proven: Type.Integer({
      description: 'Entries that a signed, published checkpoint covers, from the first one on.',
    }),
    firstBroken: Type.Optional(
      Type.Integer({
        description: 'Index of the first entry that is not as it was; the smallest that it can be.',
      }),
    ),
    firstBrokenAtMost: Type.Optional(
      Type.Integer({ description: 'The greatest that it can be: equal, where the entry is known exactly.' }),
    ),
    why: Type.Optional(Type.String({ description: 'A sentence for a person. Absent: it is intact.' })),
    warnings: Type.Optional(Type.Array(Type.String(), { description: 'What leaves a doubt, in sentences.' })),
  },
  strict,
)
export type AuditVerifyView = Static<typeof AuditVerifyView>
