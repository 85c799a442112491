// What routes work with, and what several of them take.
import { Type } from 'typebox'
import type { ReviewSettings } from '../../../settings/review-settings.ts'
import { CaseId } from '../../../contract/review.ts'
import { Sha256Hex } from '../../../contract/primitives.ts'
import type { RunningAudit } from '../../audit/start-audit.ts'
import type { Announcements } from '../announcements.ts'
import type { LookUpLimit } from '../look-up-limit.ts'
import type { Lists } from '../../curation/running-lists.ts'
import type { Operations } from '../../operations/running-operations.ts'
import type { ReviewService } from '../../review-service.ts'
import type { IdentityProvider } from '../../sign-in/provider.ts'
import type { Sessions } from '../../sign-in/sessions.ts'
import type { ReviewDatabase } from '../../store/connect.ts'

export interface RouteParts {
  readonly db: ReviewDatabase
  readonly settings: ReviewSettings
  readonly service: ReviewService
  readonly sessions: Sessions
  readonly provider: IdentityProvider | undefined
  readonly lookUps: LookUpLimit
  readonly publicUrl: () => string
  readonly announcements: Announcements
  readonly audit: Pick<RunningAudit, 'make' | 'verify'>
  readonly operations: Operations
  readonly lists: Lists
}

const strict = { additionalProperties: false } as const

export const OfCase = Type.Object({ caseId: CaseId }, strict)
export const OfHit = Type.Object({ hitId: Sha256Hex }, strict)
/** Working on a case: of a first opinion, of a second one, or after two that differ. */
export const WORK = ['case.work', 'case.second', 'case.settle'] as const
