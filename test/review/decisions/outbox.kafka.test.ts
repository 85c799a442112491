// The outbox on a real Kafka: every row is in its topic exactly once and in order, whatever is killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, inject, onTestFinished, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { startJavaBroker } from '../../../src/cli/local/broker-java.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { FencedError } from '../../../src/log/fenced-writer.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { startOutbox } from '../../../src/review/decisions/start-outbox.ts'
import { connect, type ReviewDatabase } from '../../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../../src/review/store/local-server.ts'
import { migrate } from '../../../src/review/store/migrate.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { openReviewStore } from '../review-store.ts'
import { outboxTopics } from './outbox-topics.ts'

const KILLS = Number(process.env['OUTBOX_KILLS'] ?? 10)
const SERVER_KILLS = Number(process.env['OUTBOX_SERVER_KILLS'] ?? 3)
const KEYS = 17

/** Topics of a test's own. */
async function topicsOf(log: KafkaLog): Promise<string> {
  const name = `outbox-${randomUUID()}`
  const { decisions, outcomes, auditCheckpoints } = outboxTopics(name)
  await log.createTopic({ topic: decisions, partitions: 3, config: {} }, 1)
  await log.createTopic({ topic: outcomes, partitions: 2, config: {} }, 1)
  await log.createTopic({ topic: auditCheckpoints, partitions: 1, config: {} }, 1)
  return name
}

function connectedLog(brokers = inject('kafkaBrokers')): KafkaLog {
  const log = new KafkaLog({ brokers: brokers.split(','), clientId: 'outbox-test' })
  onTestFinished(() => log.close())
  return log
}

/** Adds rows of both topics, due in some seconds; the value of each is its number. */
async function addRows(db: ReviewDatabase, from: number, count: number, dueInSeconds = 0): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => from + index)
  await sql`insert into outbox (topic, key, value, due_at)
    select case when n % 3 = 0 then 'outcomes' else 'decisions' end, 'key-' || n % ${KEYS}, n::text,
      clock_timestamp() + make_interval(secs => ${dueInSeconds})
    from unnest(${rows}::integer[]) as n`.execute(db)
}

/** The numbers in a topic, by key, as a reader of committed records gets them. */
async function numbersIn(log: KafkaLog, topic: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const numbers = new Map<string, number[]>()
  await readToEnd(log, topic, ({ key, value }) => {
    const name = String(key)
    numbers.set(name, [...(numbers.get(name) ?? []), Number(value)])
  })
  return numbers
}

/** Fails unless the topics come to hold the numbers below `count`, each once, ascending within a key. */
async function expectEachOnce(log: KafkaLog, name: string, count: number): Promise<void> {
  const { decisions, outcomes } = outboxTopics(name)
  const numbers = async (): Promise<readonly (readonly number[])[]> => {
    const byKey = await Promise.all([decisions, outcomes].map((topic) => numbersIn(log, topic)))
    return byKey.flatMap((of) => [...of.values()])
  }
  // A transaction is committed a moment before its markers let readers see it.
  await expect.poll(async () => (await numbers()).flat().length).toBe(count)
  const all = await numbers()
  for (const ofKey of all) expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b))
  expect(all.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index))
}

const waiting = async (db: ReviewDatabase): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from outbox`.execute(db)
  return rows[0].count
}

async function publisherOf(
  url: string,
  name: string,
  brokers = inject('kafkaBrokers'),
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'outbox-child.ts'), url, brokers, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child.stdout, 'data')
  return child
}

test(
  `a publisher that is killed ${KILLS} times publishes every row once and in order`,
  { timeout: 600_000 },
  async () => {
    await using store = await openReviewStore()
    const log = connectedLog()
    const name = await topicsOf(log)
    let count = 0
    for (let kill = 0; kill < KILLS; kill++) {
      await addRows(store.owner, count, 120)
      count += 120
      const child = await publisherOf(store.serverUrl, name)
      const left = await waiting(store.owner)
      // Somewhere from before its first request until after its last.
      await sleep(Math.random() * 900)
      if (kill % 2 === 0) await expect.poll(() => waiting(store.owner), { interval: 5 }).toBeLessThan(left)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const last = await publisherOf(store.serverUrl, name)
    await expect.poll(() => waiting(store.owner)).toBe(0)
    last.kill('SIGKILL')
    await once(last, 'exit')
    await expectEachOnce(log, name, count)
  },
)

test(
  'rows are published once while PostgreSQL and the broker are killed in turn',
  { timeout: 600_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hashwarden-outbox-'))
    await chmod(folder, 0o711)
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const postgres = await startLocalServer({ folder: join(folder, 'postgres'), port: await freePort() })
    onTestFinished(() => postgres.stop())
    const broker = await startJavaBroker({ dataDir: join(folder, 'kafka') })
    onTestFinished(() => broker.stop())
    const owner = connect(postgres.ownerUrl, { connections: 2 })
    onTestFinished(() => owner.destroy())
    await migrate(owner, LOCAL_SERVER_ROLE)
    const log = connectedLog(broker.brokers)
    const name = await topicsOf(log)
    const publishing = [
      await publisherOf(postgres.serverUrl, name, broker.brokers),
      await publisherOf(postgres.serverUrl, name, broker.brokers),
    ]
    let count = 0
    for (let kill = 0; kill < SERVER_KILLS; kill++) {
      await addRows(owner, count, 300)
      count += 300
      await sleep(Math.random() * 400)
      if (kill % 2 === 0) {
        const { pid } = postgres
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        await postgres.restart()
      } else {
        await broker.kill()
        await broker.restart()
      }
    }
    await expect.poll(() => waiting(owner)).toBe(0)
    for (const child of publishing) child.kill('SIGKILL')
    await expectEachOnce(log, name, count)
  },
)

test('a publisher that is killed when Kafka has its records and the store does not know publishes none twice', async () => {
  await using store = await openReviewStore()
  const log = connectedLog()
  const name = await topicsOf(log)
  const { decisions, outcomes } = outboxTopics(name)
  const arrived = async (): Promise<number> => {
    const numbers = [
      ...(await numbersIn(log, decisions)).values(),
      ...(await numbersIn(log, outcomes)).values(),
    ]
    return numbers.flat().length
  }
  for (let round = 1; round <= 3; round++) {
    const child = await publisherOf(store.serverUrl, name)
    await addRows(store.owner, (round - 1) * 30, 30, 1)
    await store.owner.transaction().execute(async (tx) => {
      // Nothing can be deleted meanwhile; it can be read and locked.
      await sql`lock table outbox in share mode`.execute(tx)
      const arrivedMeanwhile = async (): Promise<number> => {
        // PostgreSQL ends a transaction that is idle for ten seconds, which a busy machine may need.
        await sql`select 1`.execute(tx)
        return arrived()
      }
      await expect.poll(arrivedMeanwhile).toBe(round * 30)
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    expect(await waiting(store.owner)).toBe(30)
    const next = await publisherOf(store.serverUrl, name)
    await expect.poll(() => waiting(store.owner)).toBe(0)
    next.kill('SIGKILL')
    await once(next, 'exit')
  }
  await expectEachOnce(log, name, 90)
})

test('several processes publish as one, and another goes on when the first one loses PostgreSQL', async () => {
  await using store = await openReviewStore()
  const log = connectedLog()
  const name = await topicsOf(log)
  const metrics = [createMetrics({ ofProcess: false }), createMetrics({ ofProcess: false })]
  const outboxes = metrics.map((one) =>
    startOutbox({
      log: connectedLog(),
      db: store.server,
      topics: outboxTopics(name),
      group: name,
      metrics: one,
      logger: createLogger('silent'),
      store: { failed: () => {}, reached: () => {} },
    }),
  )
  for (let round = 0; round < 6; round++) {
    await addRows(store.owner, round * 500, 500)
    await sleep(Math.random() * 300)
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`.execute(store.server)
  }
  await expect.poll(() => waiting(store.owner)).toBe(0)
  await Promise.all(outboxes.map((outbox) => outbox.stop()))
  await expectEachOnce(log, name, 3_000)
})

test('an undone decision is never published, and a later record of its key waits for an earlier one', async () => {
  await using store = await openReviewStore()
  const log = connectedLog()
  const name = await topicsOf(log)
  await sql`insert into outbox (topic, key, value, due_at) values
    ('decisions', 'a', '0', clock_timestamp() + interval '1.5 seconds'),
    ('decisions', 'a', '1', clock_timestamp()),
    ('decisions', 'b', '2', clock_timestamp())`.execute(store.owner)
  const outbox = startOutbox({
    log,
    db: store.server,
    topics: outboxTopics(name),
    group: name,
    metrics: createMetrics({ ofProcess: false }),
    logger: createLogger('silent'),
    store: { failed: () => {}, reached: () => {} },
  })
  // An undo that has looked at the clock in time, and commits late.
  await store.owner.transaction().execute(async (tx) => {
    await sql`delete from outbox where value = '2'`.execute(tx)
    await sleep(1_000)
  })
  await expect.poll(() => waiting(store.owner)).toBe(0)
  await outbox.stop()
  expect(await numbersIn(log, outboxTopics(name).decisions)).toEqual(new Map([['a', [0, 1]]]))
})

test('a writer writes nothing once another one of its id is open', async () => {
  const log = connectedLog()
  const name = await topicsOf(log)
  const { decisions, outcomes } = outboxTopics(name)
  const write = (value: string) => [
    { topic: decisions, records: [{ key: 'a', value }] },
    { topic: outcomes, records: [{ key: 'a', value }] },
  ]
  const first = await log.openFenced(name)
  await first.write(write('1'))
  const second = await log.openFenced(name)
  await expect(first.write(write('2'))).rejects.toThrow(FencedError)
  await second.write(write('3'))
  await second.write(write('4'))
  // A transaction is committed a moment before its markers let readers see it.
  for (const topic of [decisions, outcomes])
    await expect.poll(() => numbersIn(log, topic)).toEqual(new Map([['a', [1, 3, 4]]]))
  await Promise.all([first.close(), second.close()])
})
