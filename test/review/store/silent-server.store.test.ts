// A PostgreSQL server that has vanished: no connection is refused or closed, and nothing is ever answered.
import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { announce } from '../../../src/review/announce.ts'
import { Announcements, type Heard } from '../../../src/review/api/announcements.ts'
import { startOutbox } from '../../../src/review/decisions/start-outbox.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { isStoreAway } from '../../../src/review/store/store-away.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { outboxTopics } from '../decisions/outbox-topics.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'
import { startSilentProxy, type SilentProxy } from './silent-proxy.ts'

/** Milliseconds that a statement may take here: short, because each test waits for them. */
const STATEMENT_MS = 2_000
const logger = pino({ level: 'silent' })

interface Behind {
  readonly store: ReviewStore
  readonly proxy: SilentProxy
  readonly db: ReviewDatabase
}

async function behindProxy(connections: number): Promise<Behind> {
  const store = await openReviewStore()
  const proxy = await startSilentProxy(store.serverUrl)
  const db = connect(proxy.url, { connections, statementMs: STATEMENT_MS })
  onTestFinished(async () => {
    await db.destroy()
    await proxy[Symbol.asyncDispose]()
    await store.close()
  })
  return { store, proxy, db }
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const ask = (db: ReviewDatabase): Promise<unknown> => sql`select 1`.execute(db)

test('a query that a vanished server never answers fails as while the store is away, and the next one works again', async () => {
  const { proxy, db } = await behindProxy(1)
  await ask(db)
  proxy.fallSilent()
  expect(isStoreAway(await errorOf(ask(db)))).toBe(true)
  proxy.speakAgain()
  // The pool has one connection: the one that was left without an answer is not used again.
  await ask(db)
})

test('a transaction that a vanished server never answers fails as while the store is away, and the next one works again', async () => {
  const { proxy, db } = await behindProxy(1)
  const failed = db.transaction().execute(async (tx) => {
    await sql`select 1`.execute(tx)
    proxy.fallSilent()
    await sql`select 1`.execute(tx)
  })
  expect(isStoreAway(await errorOf(failed))).toBe(true)
  proxy.speakAgain()
  await db.transaction().execute((tx) => sql`select 1`.execute(tx))
})

test('a server that accepts a connection and says nothing is away', async () => {
  const { proxy, db } = await behindProxy(1)
  proxy.fallSilent()
  expect(isStoreAway(await errorOf(ask(db)))).toBe(true)
})

test('a statement that the server ends for its length ends by the server, before its answer is missed', async () => {
  const { db } = await behindProxy(1)
  const error = await errorOf(sql`select pg_sleep(600)`.execute(db))
  expect(error).toMatchObject({ code: '57014' })
})

test('changes are heard again after the server had vanished', async () => {
  const { store, proxy } = await behindProxy(1)
  const announcements = new Announcements({
    databaseUrl: proxy.url,
    logger,
    lookEveryMs: 200,
    answerMs: 2_000,
  })
  onTestFinished(() => announcements.stop())
  await announcements.listening
  const heard: Heard[] = []
  announcements.subscribe((one) => heard.push(one))
  proxy.fallSilent()
  proxy.speakAgain()
  await eventually(() => Promise.resolve(heard.includes('missed')))
  await store.server.transaction().execute((tx) => announce(tx, [{ event: 'queue', queue: 'all' }]))
  await eventually(() => Promise.resolve(heard.some((one) => one !== 'missed')))
})

test('the outbox says that the store is away when the server vanishes, and publishes again afterwards', async () => {
  const { store, proxy, db } = await behindProxy(2)
  const topics = outboxTopics('outbox')
  const log = new MemoryLog()
  for (const topic of Object.values(topics)) await log.createTopic({ topic, partitions: 1, config: {} }, 1)
  const failures: unknown[] = []
  const metrics = createMetrics()
  const outbox = startOutbox({
    log,
    db,
    topics,
    group: 'review',
    metrics,
    logger,
    store: { failed: (error) => failures.push(error), reached: () => {} },
  })
  onTestFinished(() => outbox.stop())
  const add = (value: string): Promise<unknown> =>
    store.server
      .insertInto('outbox')
      .values({ topic: 'decisions', key: 'k', value, due_at: sql<Date>`clock_timestamp()` })
      .execute()
  const count = async (): Promise<number> => {
    const [{ end }] = await log.offsets(topics.decisions)
    return end
  }
  await add('before')
  await eventually(async () => (await count()) === 1)
  proxy.fallSilent()
  await eventually(() => Promise.resolve(failures.length > 0))
  expect(failures.every(isStoreAway)).toBe(true)
  proxy.speakAgain()
  await add('after')
  await eventually(async () => (await count()) === 2)
})
