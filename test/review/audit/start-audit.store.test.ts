// The audit as the service runs it.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { LogUnreachableError } from '../../../src/log/log-faults.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { startAudit } from '../../../src/review/audit/start-audit.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'

/** A log whose broker is away until it comes back. */
class AbsentLog extends MemoryLog {
  isAway = true
  reads = 0

  override async offsets(topic: string) {
    this.reads += 1
    if (this.isAway) throw new LogUnreachableError('No broker')
    return super.offsets(topic)
  }
}

async function auditOn(store: ReviewStore) {
  const log = new AbsentLog()
  await log.createTopic({ topic: 'checkpoints', partitions: 1, config: {} }, 1)
  const audit = startAudit({
    db: store.server,
    log,
    topic: 'checkpoints',
    settings: { origin: 'hashwarden.test' },
    key: generateKeyPairSync('ed25519').privateKey,
    onFailure: (error) => expect.unreachable(String(error)),
  })
  return { log, audit }
}

test('while Kafka is away the audit can’t be verified, which is no finding; afterwards it can', async () => {
  await using store = await openReviewStore()
  const { log, audit } = await auditOn(store)
  await expect(audit.verify()).rejects.toMatchObject({ code: 'unavailable' })
  log.isAway = false
  expect(await audit.verify()).toMatchObject({ isIntact: true, entries: 0 })
  await audit.stop()
})

test('people who ask at once share one verification', async () => {
  await using store = await openReviewStore()
  const { log, audit } = await auditOn(store)
  log.isAway = false
  const views = await Promise.all([audit.verify(), audit.verify(), audit.verify()])
  expect(views).toEqual([views[0], views[0], views[0]])
  expect(log.reads).toBe(1)
  await audit.verify()
  expect(log.reads).toBe(2)
  await audit.stop()
})
