import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished, expect, test } from 'vitest'
import { makeReport } from '../../../src/hashing/make-report.ts'
import { LogUnreachableError } from '../../../src/log/log-faults.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { decodePosition } from '../../../src/stream/live/set-position.ts'
import { MatchStream, type ReportMatcher } from '../../../src/stream/live/match-stream.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { BendableLog } from '../../log/bendable-log.ts'

const { topics, match } = loadSettings(undefined, {})
const TOPIC_ID = '0b0e7f5c-3b5b-4a52-9d0b-1a2b3c4d5e6f'

/** A member of the group on a log in memory, whose set catches up when the test says so. */
async function member() {
  const log = new BendableLog()
  for (const topic of [topics.reports, topics.hits, topics.deadLetters])
    await log.createTopic({ topic, partitions: 1, config: {} })
  const catchUps: PromiseWithResolvers<void>[] = []
  const set = {
    position: { topicId: TOPIC_ID, offset: 1 },
    isUsable: true,
    catchUp: (): Promise<void> => {
      const asked = Promise.withResolvers<void>()
      catchUps.push(asked)
      return asked.promise
    },
  }
  const matched: string[] = []
  const matcher: ReportMatcher = {
    sliceLength: (reports, from) => reports.length - from,
    match: (reports) => {
      matched.push(...reports.map(({ report }) => report.reportId))
      return reports.map(() => undefined)
    },
  }
  const stream = new MatchStream({
    log,
    settings: { ...match, canarySeconds: 0, topics, policy: loadPolicy() },
    followed: set,
    matcher,
    metrics: createMetrics({ ofProcess: false }),
    health: new Health(),
    logger: createLogger('silent'),
    clock: Date.now,
  })
  onTestFinished(async () => {
    await stream.stop()
    await log.close()
  })
  const value = randomBalancedHash(seededRandom(3))
  const submit = (reportId: string): Promise<number> => {
    const report = makeReport('test-platform', [{ type: 'pdq', value, quality: 100 }], reportId)
    return log.produceTo(topics.reports, 0, { key: null, value: JSON.stringify(report) })
  }
  const committedPosition = async (): Promise<number | undefined> => {
    const [commit] = await log.committed(match.group, topics.reports)
    return commit && decodePosition(commit.metadata)?.offset
  }
  await submit('first')
  await stream.start()
  await eventually(async () => catchUps.length === 1)
  return { log, set, catchUps, matched, submit, committedPosition }
}

test('a member matches nothing before its set has caught up, and commits at that position', async () => {
  const { set, catchUps, matched, committedPosition } = await member()
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(matched).toEqual([])
  set.position = { topicId: TOPIC_ID, offset: 7 }
  catchUps[0].resolve()
  await eventually(async () => (await committedPosition()) === 7)
  expect(matched).toEqual(['first'])
})

test('a catching up that fails because of Kafka is tried again', async () => {
  const { catchUps, matched } = await member()
  catchUps[0].reject(new LogUnreachableError('The broker is away.'))
  await eventually(async () => catchUps.length === 2)
  expect(matched).toEqual([])
  catchUps[1].resolve()
  await eventually(async () => matched.length === 1)
})

test('only the catching up of the newest assignment lets a member match', async () => {
  const { log, catchUps, matched } = await member()
  log.rebalance(match.group)
  await eventually(async () => catchUps.length === 2)
  catchUps[0].resolve()
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(matched).toEqual([])
  catchUps[1].resolve()
  await eventually(async () => matched.length === 1)
})

test('a set that is not usable for a while holds up reports, and loses none', async () => {
  const { set, catchUps, matched, submit } = await member()
  set.isUsable = false
  catchUps[0].resolve()
  await submit('second')
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(matched).toEqual([])
  set.isUsable = true
  await eventually(async () => matched.length === 2)
  expect(matched).toEqual(['first', 'second'])
})

/** A source file as an import in a program names it. */
const source = (path: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)))

test('a catching up that fails because of a bug of ours ends the process, and does not wait in silence', () => {
  const program = `
    import { MemoryLog } from ${source('log/memory-log.ts')}
    import { loadPolicy, loadSettings } from ${source('settings/load-settings.ts')}
    import { MatchStream } from ${source('stream/live/match-stream.ts')}
    import { Health } from ${source('telemetry/health.ts')}
    import { createLogger } from ${source('telemetry/log.ts')}
    import { createMetrics } from ${source('telemetry/metrics.ts')}
    const { topics, match } = loadSettings(undefined, {})
    const log = new MemoryLog()
    await log.createTopic({ topic: topics.reports, partitions: 1, config: {} })
    const stream = new MatchStream({
      log,
      settings: { ...match, canarySeconds: 0, topics, policy: loadPolicy() },
      followed: { position: {}, isUsable: true, catchUp: async () => { throw new TypeError('a bug') } },
      matcher: {},
      metrics: createMetrics({ ofProcess: false }),
      health: new Health(),
      logger: createLogger('silent'),
      clock: Date.now,
    })
    await stream.start()
    setTimeout(() => {}, 20_000)`
  const run = (): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 15_000,
    })
  expect(run).toThrow(/TypeError: a bug/)
})
