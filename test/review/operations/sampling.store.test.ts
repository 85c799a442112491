// The history of the operations page in a real PostgreSQL: one writer of several, a history of migrations of its own, bounds.
import { sql } from 'kysely'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { migrateReview } from '../../../src/cli/review-process.ts'
import { LOCAL_SERVER_ROLE } from '../../../src/review/store/local-server.ts'
import { connect } from '../../../src/review/store/connect.ts'
import { migrate } from '../../../src/review/store/migrate.ts'
import {
  keepMinutes,
  migrateSamples,
  readSamples,
  writeSample,
} from '../../../src/review/operations/sample-store.ts'
import { startSampling, type Sampling } from '../../../src/review/operations/sampling.ts'
import { seriesView } from '../../../src/review/operations/series.ts'
import { foldSamples, type Sample } from '../../../src/review/operations/sample.ts'
import { Fleet } from '../../../src/stream/status/fleet.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'

const lag = (records: number): Sample => ({ values: { 'lag-records': { reports: records } }, times: {} })

const linesOf = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`host-${n}/1`, 1_234_567_890 + n]))

/** A process whose samples tell its name: `open-cases` of a queue that is called so. */
interface Sampler extends AsyncDisposable {
  readonly sampling: Sampling
  readonly lines: readonly string[]
}

interface Sight {
  /** Left out: it sees a partition. */
  readonly isBlind?: true
  /** Before each sample it waits for this. */
  readonly until?: () => Promise<void>
}

/** What the brokers say to a process that they answer. */
const SEEN = {
  group: 'hashwarden',
  role: 'match',
  partitions: [{ topic: 'reports', partition: 0, next: 1, end: 1, lagSeconds: 0 }],
} as const

function samplingOf(url: string, name: string, { isBlind, until }: Sight = {}): Sampler {
  const lines: string[] = []
  const db = connect(url, { connections: 3 })
  const sampling = startSampling({
    db,
    facts: async () => {
      await until?.()
      return {
        picture: new Fleet().picture(isBlind ? [] : [SEEN], Date.now()),
        groups: [],
        store: { openCases: { [name]: 1 }, oldestSeconds: {}, outboxRecords: 0, outboxSeconds: 0 },
      }
    },
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    everyMs: 20,
    standbyMs: 20,
    frozenAfterMs: 300,
  })
  return {
    sampling,
    lines,
    [Symbol.asyncDispose]: async () => {
      await sampling.stop()
      await db.destroy()
    },
  }
}

async function writersSince(store: ReviewStore, at = 0): Promise<string[]> {
  const { samples } = await readSamples(store.server, { seconds: 3_600, byMinute: false })
  const names = samples
    .filter((one) => one.at > at)
    .flatMap(({ sample }) => Object.keys(sample.values['open-cases'] ?? {}))
  return [...new Set(names)]
}

test('of several processes one writes, and when its connection is lost another one goes on', async () => {
  await using store = await openReviewStore()
  await using first = samplingOf(store.serverUrl, 'first')
  await using second = samplingOf(store.serverUrl, 'second')
  await eventually(async () => (await writersSince(store)).length > 0)
  const [writer] = await writersSince(store)
  const { samples } = await readSamples(store.server, { seconds: 3_600, byMinute: false })
  expect(await writersSince(store, samples.at(-1)?.at)).not.toContain(writer === 'first' ? 'second' : 'first')
  // As if its machine had died: the next one that asks has the lock.
  await eventually(async () => {
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 7239006
      and granted`.execute(store.server)
    return (await writersSince(store)).length === 2
  })
  const lines = [first, second].flatMap((one) => one.lines)
  expect(lines.filter((line) => !line.includes('"level":40') && !line.includes('"level":30'))).toEqual([])
})

test('a process that sees nothing of Kafka goes on while it is alone, and lets one that sees go on instead', async () => {
  await using store = await openReviewStore()
  await using blind = samplingOf(store.serverUrl, 'blind', { isBlind: true })
  await eventually(async () => (await writersSince(store)).includes('blind'))
  await using sighted = samplingOf(store.serverUrl, 'sighted')
  await eventually(async () => (await writersSince(store)).includes('sighted'))
  const { samples } = await readSamples(store.server, { seconds: 3_600, byMinute: false })
  const at = samples.at(-1)?.at
  await eventually(async () => (await writersSince(store, at)).length > 0)
  expect(await writersSince(store, at)).toEqual(['sighted'])
  expect([blind, sighted].map(({ sampling }) => sampling.failure)).toEqual([undefined, undefined])
})

test('when the process that writes is frozen, another one goes on, and it finds its place again', async () => {
  await using store = await openReviewStore()
  let isFrozen = false
  const thaw = Promise.withResolvers<void>()
  const until = async (): Promise<void> => {
    if (isFrozen) await thaw.promise
  }
  await using frozen = samplingOf(store.serverUrl, 'frozen', { until })
  // Also if the test fails: what is frozen can't stop.
  using open = new DisposableStack()
  open.defer(thaw.resolve)
  await eventually(async () => (await writersSince(store)).includes('frozen'))
  isFrozen = true
  await using other = samplingOf(store.serverUrl, 'other')
  await eventually(async () => (await writersSince(store)).includes('other'))
  thaw.resolve()
  await eventually(async () => frozen.lines.some((line) => line.includes('is kept again')))
  expect(other.sampling.failure).toBeUndefined()
})

test('a store without the tables is said once, in the log and by the failure, and sampling goes on when they are there', async () => {
  await using store = await openReviewStore()
  await sql`drop schema operations cascade`.execute(store.owner)
  await using one = samplingOf(store.serverUrl, 'one')
  const { sampling, lines } = one
  await eventually(async () => sampling.failure !== undefined)
  expect(sampling.failure).toMatchObject({ code: '42P01' })
  await migrateSamples(store.owner, LOCAL_SERVER_ROLE)
  await eventually(async () => sampling.failure === undefined)
  expect(await writersSince(store)).toEqual(['one'])
  expect(lines.filter((line) => line.includes('can’t be kept'))).toHaveLength(1)
})

test('its migrations are no migrations of the review: those of an earlier version still find their own alone', async () => {
  await using store = await openReviewStore()
  expect(await migrateSamples(store.owner, LOCAL_SERVER_ROLE)).toEqual([])
  expect(await migrate(store.owner, LOCAL_SERVER_ROLE)).toEqual([])
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(store.owner)
  expect(rows.map(({ name }) => name)).toEqual(['001-review'])
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'operations'`.execute(
    store.owner,
  )
  expect(tables.map(({ name }) => name)).not.toContain('kysely_migration')
})

test('a server without the owner’s address finds all migrations run, and warns of nothing', async () => {
  await using store = await openReviewStore()
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(line) })
  await migrateReview({ databaseUrl: store.serverUrl }, logger)
  expect(lines).toEqual([])
  await sql`drop schema operations cascade`.execute(store.owner)
  await migrateReview({ databaseUrl: store.serverUrl }, logger)
  expect(lines).toEqual([expect.stringContaining('has no tables for its history')])
})

test('after a rollback a migration of a later version is left alone, and nothing is warned of', async () => {
  await using store = await openReviewStore()
  await sql`insert into operations.migrations (name, timestamp) values ('002-later', now()::text)`.execute(
    store.owner,
  )
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(line) })
  await migrateReview({ databaseUrl: store.serverUrl }, logger)
  expect(lines).toEqual([])
  expect(await migrateSamples(store.owner, LOCAL_SERVER_ROLE)).toEqual([])
})

test('whole minutes are kept once each, and what is older than its time is deleted', async () => {
  await using store = await openReviewStore()
  const db = store.server
  const { now } = await readSamples(db, { seconds: 1, byMinute: false })
  const minute = (Math.floor(now / 60) - 3) * 60
  const text = (records: number): string => JSON.stringify({ form: 1, ...lag(records) })
  const rows = [
    [now - 2 * 3_600 - 90, 5],
    [minute + 1, 7],
    [minute + 30, 70],
    [minute + 61, 3],
  ] as const
  for (const [at, records] of rows)
    await sql`insert into operations.samples (at, sample) values (${at}, ${text(records)}::json)`.execute(db)
  await sql`insert into operations.minutes (at, sample) values (${now - 26 * 3_600}, ${text(1)}::json)`.execute(
    db,
  )
  // Of a later version, whose form this one does not read.
  await sql`insert into operations.samples (at, sample) values (${minute + 40}, ${'{"form":2}'}::json)`.execute(
    db,
  )
  await keepMinutes(db)
  await keepMinutes(db)
  await writeSample(db, lag(9))
  const { samples } = await readSamples(db, { seconds: 30 * 3_600, byMinute: true })
  expect(samples.slice(1).map(({ sample }) => sample.values['lag-records']?.['reports'])).toEqual([70, 3, 9])
  expect(samples[1].at).toBe(minute)
  const { rows: kept } = await sql<{ at: string }>`select at from operations.samples order by at`.execute(db)
  expect(Number(kept[0].at)).toBe(minute + 1)
})

test('a minute through which many processes came and went keeps as many lines as a sample, the worst ones', () => {
  const samples = Array.from({ length: 30 }, (_, n): Sample => ({
    values: { memory: { [`host/${n}`]: n }, entries: { [`host/${n}`]: n }, 'lag-records': { reports: n } },
    times: {},
  }))
  const { memory = {}, entries = {}, 'lag-records': lagRecords } = foldSamples(samples).values
  expect(Object.keys(memory)).toHaveLength(24)
  expect(Math.min(...Object.values(memory))).toBe(6)
  // Of fewer entries the fewest are worst.
  expect(Object.keys(entries)).toHaveLength(24)
  expect(Math.max(...Object.values(entries))).toBe(23)
  expect(lagRecords).toEqual({ reports: 29 })
})

test('the lines of one panel are read over minutes and what follows them, and nothing else of a sample', async () => {
  await using store = await openReviewStore()
  const db = store.server
  const { now } = await readSamples(db, { seconds: 1, byMinute: false })
  const minute = Math.floor(now / 60) * 60 - 300
  const of = (lines: Record<string, number>): string =>
    JSON.stringify({ form: 1, values: { ...lag(1).values, 'dead-letters': lines }, times: {} })
  const add = (table: 'minutes' | 'samples', at: number, text: string) =>
    sql`insert into ${sql.id('operations', table)} (at, sample) values (${at}, ${text}::json)`.execute(db)
  await add('minutes', now - 90_000, of({ all: 1_000, empty: 1_000 }))
  await add('minutes', minute - 60, JSON.stringify({ form: 1, ...lag(1) }))
  await add('minutes', minute, of({ all: 3, empty: 1, 'not-json': 2 }))
  await add('samples', minute + 10, of({ all: 3, empty: 1, 'not-json': 2 }))
  await add('samples', minute + 70, of({ all: 1, 'not-json': 1 }))
  await add('samples', minute + 80, '{"form":2,"values":{"dead-letters":{"not-json":"many"}}}')
  const { samples } = await readSamples(db, { seconds: 86_400, byMinute: true, panel: 'dead-letters' })
  expect(samples).toEqual([
    { at: minute - 60, sample: expect.objectContaining({ values: {}, times: {} }) },
    {
      at: minute,
      sample: expect.objectContaining({
        values: { 'dead-letters': { all: 3, empty: 1, 'not-json': 2 } },
        times: {},
      }),
    },
    {
      at: minute + 70,
      sample: expect.objectContaining({ values: { 'dead-letters': { all: 1, 'not-json': 1 } }, times: {} }),
    },
  ])
})

test('a history of 24 hours of a large fleet is read as few points', async () => {
  await using store = await openReviewStore()
  const sample: Sample = {
    values: {
      memory: linesOf(24),
      entries: linesOf(24),
      behind: linesOf(24),
      'canary-age': linesOf(24),
      'partition-lag': linesOf(24),
      'dead-letters': { all: 1, empty: 1 },
    },
    times: { 'report-to-hit': { bounds: [0.1, 1], counts: [1, 2, 3] } },
  }
  await sql`insert into operations.minutes (at, sample)
    select floor(extract(epoch from clock_timestamp()))::bigint / 60 * 60 - 60 * n, ${JSON.stringify({ form: 1, ...sample })}::json
      from generate_series(1, 1439) as n`.execute(store.server)
  const startedMs = performance.now()
  const read = await readSamples(store.server, { seconds: 86_400, byMinute: true })
  const view = seriesView('24h', read)
  console.info(
    `24 hours: ${read.samples.length} minutes read and folded in ${Math.round(performance.now() - startedMs)} ms`,
  )
  expect(read.samples).toHaveLength(1_439)
  expect(view.times).toHaveLength(360)
  const all = view.panels
    .find(({ panel }) => panel === 'dead-letters')
    ?.lines.find(({ name }) => name === 'all')
  expect(all?.values.reduce((sum: number, value) => sum + (value ?? 0), 0)).toBeGreaterThan(1_420)
})
