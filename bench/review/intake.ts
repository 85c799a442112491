// How many hits a second one process takes in: from records in memory, through decoding and grouping, into a real
// PostgreSQL on this machine, with the default settings of both. Writes bench/results/review-intake.json. Another number of
// hits may be given: node bench/review/intake.ts 300000.
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { encodeHit } from '../../src/contract/hit.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { startIntake } from '../../src/review/intake/start-intake.ts'
import { connect } from '../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../src/review/store/local-server.ts'
import { migrate } from '../../src/review/store/migrate.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { pause } from '../../src/waiting/pause.ts'
import { writeResult } from '../machine.ts'
import { madeHits } from './seed.ts'

const IS_SIZE = process.argv.includes('--size')
const HITS = Number(process.argv.slice(2).find((word) => word !== '--size') ?? 100_000)
/** A third of the hits, each of another uploader. */
const CASES = Math.ceil(HITS / 3)
const FULL_CASES = Math.floor(HITS / 20_000)
const PARTITIONS = 6
/** Of Linux: a hundredth of a second. */
const TICK_S = 0.01

const rounded = (figure: number): number => Number(figure.toPrecision(3))

const folder = await mkdtemp(join(tmpdir(), 'hashwarden-bench-review-'))
await chmod(folder, 0o711)
const server = await startLocalServer({ folder, port: await freePort() })
try {
  const owner = connect(server.ownerUrl, { connections: 2 })
  await migrate(owner, LOCAL_SERVER_ROLE)
  await owner.destroy()
  const measured = await measure()
  if (IS_SIZE) writeResult('review-size', await size())
  else writeResult('review-intake', measured)
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measure() {
  const { review, topics } = loadSettings(undefined, {})
  const log = new MemoryLog()
  await log.createTopic({ topic: topics.hits, partitions: PARTITIONS, config: {} })
  let bytes = 0
  for (const hit of madeHits({ cases: CASES, hits: HITS, fullCases: FULL_CASES }, review.hitsPerCase)) {
    const value = encodeHit(hit)
    bytes += value.length
    await log.produce(topics.hits, [{ key: hit.hitId, value }])
  }
  const db = connect(server.serverUrl)
  const began = performance.now()
  const cpuBefore = process.cpuUsage()
  const postgresBefore = postgresSeconds()
  const intake = await startIntake({
    log,
    db,
    settings: review,
    topics,
    metrics: createMetrics({ ofProcess: false }),
    logger: createLogger('warn'),
    store: { failed: console.error, reached: () => {} },
  })
  const committed = async (): Promise<number> =>
    (await log.committed(review.group, topics.hits)).reduce((sum, { offset }) => sum + offset, 0)
  while ((await committed()) < HITS) await pause(50)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const postgres = postgresSeconds() - postgresBefore
  await intake.stop()
  await db.destroy()
  await log.close()
  return {
    what: 'hits from records in memory into a real PostgreSQL, one process',
    hits: HITS,
    cases: CASES,
    bytesOfAHit: Math.round(bytes / HITS),
    hitsASecond: Math.round(HITS / seconds),
    seconds: rounded(seconds),
    processorSecondsOfNode: rounded((user + system) / 1e6),
    processorSecondsOfPostgres: rounded(postgres),
  }
}

/** Of the database with the hits just taken in: tables, indices, and what an empty database has. */
async function size() {
  const db = connect(server.ownerUrl, { connections: 1 })
  const { rows } = await sql<{ bytes: string }>`select pg_database_size(current_database()) as bytes`.execute(
    db,
  )
  await db.destroy()
  const bytes = Number(rows[0].bytes)
  return {
    what: 'PostgreSQL with undecided hits and their cases, indices included',
    hits: HITS,
    cases: CASES,
    databaseBytes: bytes,
    databaseBytesOfAHit: Math.ceil(bytes / HITS),
  }
}

/** Time on processors of the server's running processes; those of the intake's connections run until its end. */
function postgresSeconds(): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
      // Parent, user time, system time.
      if (Number(fields[1]) === server.pid) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks * TICK_S
}
