// Routes of the audit.
import { sql } from 'kysely'
import { AuditPage, AuditBody, AuditVerifyView } from '../../../contract/review.ts'
import { appendAudit } from '../../audit/append.ts'
import { hideOpenVerdicts } from '../../audit/hide-verdicts.ts'
import { listAudit } from '../../audit/list-audit.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

/** It reads the whole audit and its topic. */
const VERIFICATIONS_PER_MINUTE = 6

export const auditRoutes = ({ db, audit }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/audit',
    name: 'audit',
    summary:
      'Entries of the audit, newest first; reading them is an entry, too. The filter is in the body, because it may name a person',
    access: ['audit.read'],
    body: AuditBody,
    answer: AuditPage,
    handle: async ({ identity: { person }, body }) => {
      const page = await hideOpenVerdicts(db, person, await listAudit(db, body))
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ at: Date }>`select now() as at`.execute(tx)
        const details = { entries: page.entries.length }
        await appendAudit(
          tx,
          [{ action: 'audit-read', actor: person.subject, caseId: body.caseId, details }],
          rows[0].at,
        )
      })
      return page
    },
  }),
  route({
    method: 'POST',
    path: '/api/audit/verify',
    name: 'verifyAudit',
    summary: 'Hold the whole audit against its published checkpoints',
    access: ['audit.verify'],
    answer: AuditVerifyView,
    perMinute: VERIFICATIONS_PER_MINUTE,
    handle: () => audit.verify(),
  }),
]
