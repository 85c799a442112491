// A case in a format of other tools, with what the audit proves of its decisions. The export is itself an entry of the audit,
// which the caller appends.
import type { CyberTipExport, VicsExport } from '../../contract/case-export.ts'
import type { CaseView, EXPORT_FORMATS } from '../../contract/review.ts'
import { proveCase } from '../audit/case-proof.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { cyberTipJson } from './cybertip-json.ts'
import { vicsJson } from './vics-json.ts'

export interface CaseExport {
  readonly db: ReviewDatabase
  /** As the asker may see it. */
  readonly view: CaseView
  readonly format: (typeof EXPORT_FORMATS)[number]
  /** Makes a checkpoint that covers all committed entries: see checkpoints.ts. */
  readonly makeCheckpoint: () => Promise<void>
}

export async function exportCase({
  db,
  view,
  format,
  makeCheckpoint,
}: CaseExport): Promise<CyberTipExport | VicsExport> {
  // One that covers the last decision.
  await makeCheckpoint()
  const { caseId, state } = view.case
  const audit = state === 'decided' ? await proveCase(db, caseId) : { entries: [] }
  return format === 'cybertip-json' ? cyberTipJson(view, audit) : vicsJson(view, audit)
}
