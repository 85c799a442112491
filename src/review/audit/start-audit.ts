// The audit as the service runs it: checkpoints as they are due, and verification on demand.
import type { KeyObject } from 'node:crypto'
import type { AuditVerifyView } from '../../contract/review.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import { auditVerifiers } from './audit-key.ts'
import { startCheckpoints, type Checkpoints } from './checkpoints.ts'
import { verifyPublishedAudit } from './verify-audit.ts'

export interface AuditOptions {
  readonly db: ReviewDatabase
  readonly log: EventLog
  /** Where checkpoints are published. */
  readonly topic: string
  readonly settings: ReviewSettings['audit']
  /** See auditKey. */
  readonly key: KeyObject
  /** Called with what a checkpoint failed at; it is tried again. */
  readonly onFailure: (error: unknown) => void
}

export interface RunningAudit extends Checkpoints {
  readonly verify: () => Promise<AuditVerifyView>
}

/** @throws VerifierKeyError if the settings name a damaged key. */
export function startAudit({ db, log, topic, settings, key, onFailure }: AuditOptions): RunningAudit {
  const { origin } = settings
  const verifiers = auditVerifiers(settings, key)
  return {
    ...startCheckpoints({ db, key, origin, onFailure }),
    verify: () => verifyPublishedAudit({ db, log, topic, origin, verifiers }),
  }
}
