// `hashwarden review audit verify` on a real PostgreSQL and the checkpoints in a real Kafka.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, inject, test, vi } from 'vitest'
import { appendAudit } from '../../../src/review/audit/append.ts'
import { startCheckpoints } from '../../../src/review/audit/checkpoints.ts'
import { printVerifier, verifierOf } from '../../../src/review/audit/signed-note.ts'
import { startOutbox } from '../../../src/review/decisions/start-outbox.ts'
import { reviewTopics } from '../../../src/stream/topics/topics.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Deployment } from '../../integration/deployment.ts'
import { Terminal } from '../../integration/terminal.ts'
import { openReviewStore } from '../review-store.ts'

const VERIFY = ['review', 'audit', 'verify']

test('an audit is proven intact by its published checkpoints, and an entry changed by hand is named', async () => {
  await using store = await openReviewStore()
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { privateKey } = generateKeyPairSync('ed25519')
  const keyFile = join(deployment.folder, 'audit.pem')
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const { review, topics } = deployment.settings
  const { origin } = review.audit
  const verifierKeys = [printVerifier(verifierOf({ name: origin, privateKey }))]
  const withAudit = (audit: typeof review.audit) =>
    new Terminal({
      folder: deployment.folder,
      settings: { ...deployment.settings, review: { ...review, audit } },
    })
  vi.stubEnv('DATABASE_URL', store.serverUrl)

  const checkpoints = startCheckpoints({ db: store.server, key: privateKey, origin, onFailure: () => {} })
  for (let from = 0; from < 30; from += 10) {
    await store.server.transaction().execute(async (tx) => {
      const events = Array.from({ length: 10 }, (_, n) => ({
        action: 'case-read' as const,
        actor: 'reviewer-1',
        details: { n: from + n },
      }))
      await appendAudit(tx, events, new Date())
    })
    await checkpoints.make()
  }
  await checkpoints.stop()
  for (const topic of reviewTopics(topics, 1)) await deployment.log.createTopic(topic, 1)
  const outbox = startOutbox({
    log: deployment.log,
    db: store.server,
    topics,
    group: randomUUID(),
    metrics: createMetrics({ ofProcess: false }),
    logger: createLogger('silent'),
    store: { reached: () => {}, failed: () => {} },
  })
  await eventually(async () => (await store.server.selectFrom('outbox').select('key').execute()).length === 0)
  await outbox.stop()

  const intact = await withAudit({ origin, keyFile }).run(VERIFY)
  expect(intact).toEqual({
    code: 0,
    out: 'The audit is intact: 30 entries, 30 of them proven by 3 published checkpoints.\n',
    err: '',
  })
  const key = await withAudit({ origin, keyFile }).run(['review', 'audit', 'key'])
  expect(key.out).toBe(`${verifierKeys[0]}\n`)

  // An auditor has the public key alone.
  await store.owner.transaction().execute(async (tx) => {
    await sql`alter table audit_entries disable trigger all`.execute(tx)
    await sql`update audit_entries set entry = replace(entry, 'reviewer-1', 'reviewer-2'), actor = 'reviewer-2'
      where leaf_index = 17`.execute(tx)
    await sql`alter table audit_entries enable trigger all`.execute(tx)
  })
  const broken = await withAudit({ origin, verifierKeys }).run([...VERIFY, '--json'])
  expect(broken.code).toBe(1)
  expect(JSON.parse(broken.out)).toMatchObject({ isIntact: false, firstBroken: 17, firstBrokenAtMost: 17 })
  const inWords = await withAudit({ origin, verifierKeys }).run(VERIFY)
  expect(inWords.out).toBe(
    'The audit is broken. The text of entry 17 was changed: it has another hash than the one stored with it.\n',
  )

  const without = await withAudit({ origin }).run(VERIFY)
  expect(without).toMatchObject({ code: 1, out: '' })
  expect(without.err).toContain('review.audit.keyFile')
})
