// Where samples are kept: in a schema of its own. All in it may be dropped at any time: the next start makes it again.
import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { ReviewDatabase } from '../store/connect.ts'
import { migrateOwnSchema, type OwnSchema } from '../store/own-schema.ts'
import { foldSamples, type PanelId, type Sample } from './sample.ts'

/** Any number that no other advisory lock of the database has: its holder is the one process that writes samples. */
export const SAMPLER_LOCK = 7_239_006

const SCHEMA_NAME = 'operations'
const MINUTE_SECONDS = 60
/** Every sample is kept for the two short ranges of the page, and minutes for the two long ones. */
const SAMPLES_KEPT_SECONDS = 2 * 3_600
const MINUTES_KEPT_SECONDS = 25 * 3_600
/** Of a sample's form: a version that changes it counts on, and each reads its own alone. */
const FORM = 1

/** Unlogged: samples come every few seconds and must not burden the log of the server. After its crash they are empty. */
const TABLES = ['samples', 'minutes'] as const

const samples: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const table of TABLES)
      await sql`create unlogged table ${sql.id(SCHEMA_NAME, table)} (
        at bigint primary key,
        sample json not null
      )`.execute(db)
  },
}

const SCHEMA: OwnSchema = {
  name: SCHEMA_NAME,
  migrations: { '001-samples': samples },
  rights: Object.fromEntries(TABLES.map((table) => [table, 'select, insert, delete'])),
  isLosable: true,
}

/** Runs the migrations that are missing, as the owner of the schema; with `serverRole` it grants that role its use. */
export const migrateSamples = (db: ReviewDatabase, serverRole?: string): Promise<readonly string[]> =>
  migrateOwnSchema(db, SCHEMA, serverRole)

/** A sample, and the second since 1970 at which it was written or its minute began, by the store's clock. */
interface TimedSample {
  readonly at: number
  readonly sample: Sample
}

const now = sql`floor(extract(epoch from clock_timestamp()))::bigint`

/** One a second: of two that come within one, the first stays. */
export async function writeSample(db: ReviewDatabase, sample: Sample): Promise<void> {
  const text = JSON.stringify({ form: FORM, ...sample })
  await sql`insert into operations.samples (at, sample) values (${now}, ${text}::json)
    on conflict (at) do nothing`.execute(db)
}

/** Makes a sample of each whole minute that has none yet, and deletes those that are too old. */
export async function keepMinutes(db: ReviewDatabase): Promise<void> {
  const { rows } = await sql<Row & { readonly minute: string }>`
    select at, sample, at / ${MINUTE_SECONDS} * ${MINUTE_SECONDS} as minute from operations.samples
      where at < ${now} / ${MINUTE_SECONDS} * ${MINUTE_SECONDS}
        and at / ${MINUTE_SECONDS} * ${MINUTE_SECONDS} not in (select at from operations.minutes)
      order by at`.execute(db)
  for (const [minute, some] of Map.groupBy(rows, (row) => row.minute)) {
    const sample = foldSamples(some.flatMap(timedSample).map((one) => one.sample))
    const text = JSON.stringify({ form: FORM, ...sample })
    await sql`insert into operations.minutes (at, sample) values (${minute}, ${text}::json)
      on conflict (at) do nothing`.execute(db)
  }
  await sql`delete from operations.samples where at < ${now} - ${SAMPLES_KEPT_SECONDS}`.execute(db)
  await sql`delete from operations.minutes where at < ${now} - ${MINUTES_KEPT_SECONDS}`.execute(db)
}

export interface ReadSamples {
  /** Seconds since 1970, by the store's clock. */
  readonly now: number
  /** In the order of time. */
  readonly samples: readonly TimedSample[]
}

export interface ReadSamplesOptions {
  readonly seconds: number
  readonly byMinute: boolean
  /** The lines of this panel alone: the server leaves out all else. */
  readonly panel?: PanelId
}

/** Those of the last `seconds`: each of them, or by minute with what follows the last whole one. */
export async function readSamples(
  db: ReviewDatabase,
  { seconds, byMinute, panel }: ReadSamplesOptions,
): Promise<ReadSamples> {
  const sample = panel === undefined ? sql`sample` : linesOf(panel)
  const { rows: times } = await sql<{ readonly now: string }>`select ${now} as now`.execute(db)
  const nowSeconds = Number(times[0].now)
  const since = nowSeconds - seconds
  const minutes = byMinute
    ? (
        await sql<Row>`select at, ${sample} from operations.minutes
          where at >= ${since} order by at`.execute(db)
      ).rows.flatMap(timedSample)
    : []
  const last = minutes.at(-1)
  const { rows } = await sql<Row>`
    select at, ${sample} from operations.samples
      where at >= ${last ? last.at + MINUTE_SECONDS : since} order by at`.execute(db)
  return { now: nowSeconds, samples: [...minutes, ...rows.flatMap(timedSample)] }
}

/** A sample with the lines of one panel, if it has any. */
const linesOf = (
  panel: PanelId,
) => sql`json_build_object('form', sample -> 'form', 'times', '{}'::json, 'values',
  case when sample -> 'values' -> ${panel} is null then '{}'::json
    else json_build_object(${panel}::text, sample -> 'values' -> ${panel}) end) as sample`

/** Seconds since the newest sample, of any form; undefined if there is none. */
export async function newestSampleSeconds(db: ReviewDatabase): Promise<number | undefined> {
  const { rows } = await sql<{ readonly age: string | null }>`
    select ${now} - max(at) as age from operations.samples`.execute(db)
  const age = rows.at(0)?.age
  return typeof age === 'string' ? Number(age) : undefined
}

interface Row {
  readonly at: string
  /** As `writeSample` or another version wrote it. */
  readonly sample: Sample & { readonly form: number }
}

const timedSample = ({ at, sample }: Row): readonly TimedSample[] =>
  sample.form === FORM ? [{ at: Number(at), sample }] : []
