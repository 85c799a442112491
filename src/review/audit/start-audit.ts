// The audit as the service runs it: checkpoints as they are due, and verification on demand.
import type { KeyObject } from 'node:crypto'
import type { AuditVerifyView } from '../../contract/review.ts'
import { isLogFault } from '../../log/log-faults.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { ReviewProblem } from '../problems.ts'
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
  /**
   * Those who ask while one is running share it: it reads the whole audit.
   * @throws ReviewProblem `unavailable`, if the published checkpoints can't be read
   */
  readonly verify: () => Promise<AuditVerifyView>
}

/** @throws VerifierKeyError if the settings name a damaged key. */
export function startAudit({ db, log, topic, settings, key, onFailure }: AuditOptions): RunningAudit {
  const { origin } = settings
  const verifiers = auditVerifiers(settings, key)
  const checkpoints = startCheckpoints({ db, key, origin, onFailure })
  let running: Promise<AuditVerifyView> | undefined
  const verify = async (): Promise<AuditVerifyView> => {
    try {
      return await verifyPublishedAudit({ db, log, topic, origin, verifiers })
    } catch (error) {
      if (!isLogFault(error)) throw error
      throw new ReviewProblem('unavailable', 'The published checkpoints can’t be read from Kafka now')
    } finally {
      running = undefined
    }
  }
  return { ...checkpoints, verify: () => (running ??= verify()) }
}
