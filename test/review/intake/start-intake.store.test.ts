// The intake of hits: from the topic into the store, at least once, whatever is away.
import { expect, onTestFinished, test } from 'vitest'
import { encodeHit, type Hit } from '../../../src/contract/hit.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { startIntake, type Intake } from '../../../src/review/intake/start-intake.ts'
import { reviewStatus } from '../../../src/review/review-status.ts'
import { lookAtStore } from '../../../src/review/review-gauges.ts'
import type { ReviewDatabase } from '../../../src/review/store/connect.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { LABEL_VALUES } from '../../../src/stream/label-values.ts'
import { hitOf } from '../made-hits.ts'
import { openReviewStore } from '../review-store.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const SETTINGS = { group: 'review', hitsPerCase: 1_000, queues: [{ name: 'all', title: 'All' }] }

async function hitsTopic(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.createTopic({ topic: 'hits', partitions: 3, config: {} })
  onTestFinished(() => log.close())
  return log
}

async function intakeOf(log: MemoryLog, db: ReviewDatabase) {
  const metrics = createMetrics({ ofProcess: false, labelValues: LABEL_VALUES })
  const heard: string[] = []
  const store = {
    failed: () => {
      heard.push('failed')
    },
    reached: () => {
      heard.push('reached')
    },
  }
  const intake = await startIntake({
    log,
    db,
    settings: SETTINGS,
    topics: TOPICS,
    metrics,
    store,
    logger: createLogger('silent'),
  })
  onTestFinished(() => intake.stop())
  return { intake, metrics, heard }
}

const produce = (log: MemoryLog, hits: readonly Hit[]): Promise<void> =>
  log.produce(
    'hits',
    hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
  )

const many = (count: number): readonly Hit[] =>
  Array.from({ length: count }, (_, index) => hitOf({ reportId: `r${index}`, actorRef: `a${index % 9}` }))

async function countOf(db: ReviewDatabase): Promise<number> {
  const { count } = await db
    .selectFrom('hits')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

const committed = async (log: MemoryLog): Promise<number> =>
  (await log.committed('review', 'hits')).reduce((sum, { offset }) => sum + offset, 0)

test('every hit of the topic is stored once, and its offset is committed afterwards', async () => {
  await using store = await openReviewStore()
  const log = await hitsTopic()
  await produce(log, [...many(1_200), ...many(300)])
  const { intake, metrics } = await intakeOf(log, store.server)
  await expect.poll(() => committed(log)).toBe(1_500)
  expect(await countOf(store.server)).toBe(1_200)
  expect(await metrics.registry.getSingleMetricAsString('hashwarden_review_hits_total')).toContain(
    'change="added"} 1200',
  )
  await intake.stop()
})

test('a record that is no hit is counted and left out, and the hits around it are stored', async () => {
  await using store = await openReviewStore()
  const log = await hitsTopic()
  const [first, second] = many(2)
  await log.produceTo('hits', 0, { key: 'a', value: encodeHit(first) })
  await log.produceTo('hits', 0, { key: 'b', value: '{"schema":"hit/1"}' })
  await log.produceTo('hits', 0, { key: 'c', value: null })
  await log.produceTo('hits', 0, { key: 'd', value: encodeHit(second) })
  const { intake, metrics } = await intakeOf(log, store.server)
  await expect.poll(() => committed(log)).toBe(4)
  expect(await countOf(store.server)).toBe(2)
  const refused = await metrics.registry.getSingleMetricAsString('hashwarden_review_refused_total')
  expect(refused).toContain('code="missing-field"} 1')
  expect(refused).toContain('code="empty"} 1')
  await intake.stop()
})

test('hits wait in the topic while PostgreSQL refuses them, and nothing is committed before they are stored', async () => {
  await using store = await openReviewStore()
  const log = await hitsTopic()
  await store.owner.schema.alterTable('hits').renameTo('hits_away').execute()
  await produce(log, many(50))
  const { intake, heard } = await intakeOf(log, store.server)
  await expect.poll(() => heard.length).toBeGreaterThan(3)
  expect(heard).not.toContain('reached')
  expect(await committed(log)).toBe(0)
  await store.owner.schema.alterTable('hits_away').renameTo('hits').execute()
  await expect.poll(() => committed(log)).toBe(50)
  expect(await countOf(store.server)).toBe(50)
  expect(heard.at(-1)).toBe('reached')
  await intake.stop()
})

test('several processes of the group share the topic, and one that joins later stores nothing twice', async () => {
  await using store = await openReviewStore()
  const log = await hitsTopic()
  await produce(log, many(600))
  const running: Intake[] = []
  for (let index = 0; index < 3; index++) running.push((await intakeOf(log, store.server)).intake)
  await produce(log, many(900))
  await expect.poll(() => committed(log)).toBe(1_500)
  expect(await countOf(store.server)).toBe(900)
  for (const intake of running) await intake.stop()
})

test('operators see how many cases wait in each queue and how old the oldest is', async () => {
  await using store = await openReviewStore()
  const log = await hitsTopic()
  await produce(log, many(20))
  const { intake, metrics } = await intakeOf(log, store.server)
  await expect.poll(() => committed(log)).toBe(20)
  const [leased, decided] = await store.server.selectFrom('cases').select('case_id').limit(2).execute()
  const leasing = store.server.updateTable('cases').where('case_id', '=', leased.case_id)
  await leasing.set({ state: 'leased', lease_holder: 'somebody', lease_until: new Date() }).execute()
  const deciding = store.server.updateTable('cases').where('case_id', '=', decided.case_id)
  await deciding.set({ state: 'decided', undecided_count: 0, decided_at: new Date() }).execute()
  await lookAtStore({ db: store.server, metrics })
  const text = await metrics.registry.metrics()
  expect(text).toContain('hashwarden_review_open_cases{queue="all"} 8')
  expect(text).toContain('hashwarden_review_leased_cases{queue="all"} 1')
  expect(text).toContain('hashwarden_review_decided_cases{queue="all"} 1')
  const status = await reviewStatus({ group: 'review', metrics, partitions: [] })
  expect(status).toMatchObject({ openCases: 7, leasedCases: 1, decidedCases: 1, outboxRecords: 0 })
  expect(text).toMatch(/hashwarden_review_oldest_case_seconds\{queue="all"\} [1-9]/)
  expect(text).toContain('hashwarden_outbox_records 0')
  await intake.stop()
})
