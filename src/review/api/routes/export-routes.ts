// The export of a case.
import { sql } from 'kysely'
import { Type } from 'typebox'
import { CyberTipExport, VicsExport } from '../../../contract/case-export.ts'
import { ExportBody } from '../../../contract/review.ts'
import { appendAudit } from '../../audit/append.ts'
import { exportCase } from '../../export/export-case.ts'
import { route, type Route } from '../route.ts'
import { OfCase, type RouteParts } from './route-parts.ts'

export const exportRoutes = ({ db, service, audit }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/cases/:caseId/export',
    name: 'exportCase',
    summary:
      'A case for the CyberTipline or as VICS 2.0, with the proof of its decisions; an entry of the audit',
    access: ['export'],
    params: OfCase,
    body: ExportBody,
    answer: Type.Union([CyberTipExport, VicsExport]),
    handle: async ({ identity: { person }, params: { caseId }, body: { format } }) => {
      // Refuses a case that the person may not see.
      const view = await service.caseView(person, caseId)
      const exported = await exportCase({ db, view, format, makeCheckpoint: audit.make })
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(tx)
        const event = { action: 'exported' as const, actor: person.subject, caseId, details: { format } }
        await appendAudit(tx, [event], rows[0].at)
      })
      return exported
    },
  }),
]
