// The part of the review service for operators, where something of Kafka is missing.
import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { encodeStatus } from '../../../src/contract/status.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { RunningOperations } from '../../../src/review/operations/running-operations.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { applyTopics, statusTopic, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { aStatus, matching } from '../../fixtures/statuses.ts'
import { openReviewStore } from '../review-store.ts'
import { OTTO } from '../sample-cases.ts'

test('without a topic of statuses the page says so, knows lag all the same, guesses nothing, and goes on when it is there', async () => {
  await using store = await openReviewStore()
  const settings = loadSettings(undefined, {})
  const { topics } = settings
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(topics, 2), topics, 1)
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(line) })
  const operations = new RunningOperations({ settings, databaseUrl: store.serverUrl, log, logger })
  try {
    await eventually(async () => (await operations.view(OTTO)).fleet?.partitions.length === 2)
    await eventually(
      async () => (await operations.view(OTTO)).unseen.map(({ part }) => part).join() === 'statuses',
    )
    const { fleet, heardAt } = await operations.view(OTTO)
    expect(heardAt).toBeUndefined()
    // The topic's own name is its first record.
    await eventually(async () => (await operations.view(OTTO)).listsChangedAt !== undefined)
    expect(fleet?.problems).toEqual([])
    await log.createTopic(statusTopic(topics.status), 1)
    await log.produce(topics.status, [{ key: 'a', value: encodeStatus(aStatus({ match: matching() })) }])
    await eventually(async () => (await operations.view(OTTO)).fleet?.processes.length === 1)
    await eventually(async () => (await operations.view(OTTO)).unseen.length === 0)
    expect(lines.filter((line) => line.includes('sees no process'))).toHaveLength(1)
  } finally {
    await operations.stop()
    await log.close()
  }
})

test('a history that no process writes is said, and no more once one writes again', async () => {
  await using store = await openReviewStore()
  const settings = loadSettings(undefined, {})
  const { topics } = settings
  const log = new MemoryLog()
  await applyTopics(log, [...wantedTopics(topics, 2), statusTopic(topics.status)], topics, 1)
  await sql`insert into operations.samples (at, sample)
    values (floor(extract(epoch from clock_timestamp()))::bigint - 60, '{"form":1,"values":{},"times":{}}'::json)`.execute(
    store.server,
  )
  const logger = pino({ level: 'silent' })
  const operations = new RunningOperations({ settings, databaseUrl: store.serverUrl, log, logger })
  const unseenSamples = async () =>
    (await operations.view(OTTO)).unseen.filter(({ part }) => part === 'samples').map(({ code }) => code)
  try {
    // As if by a process that hangs with it.
    await store.server.connection().execute(async (held) => {
      await eventually(async () => {
        await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 7239006
          and granted and pid <> pg_backend_pid()`.execute(held)
        const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(7239006) as held`.execute(
          held,
        )
        return rows[0].held
      })
      await sql`update operations.samples set at = at - 60`.execute(store.owner)
      await eventually(async () => (await unseenSamples()).join() === 'stale')
      await sql`select pg_advisory_unlock(7239006)`.execute(held)
    })
    await eventually(async () => (await unseenSamples()).length === 0)
  } finally {
    await operations.stop()
    await log.close()
  }
})
