import { onTestFinished, expect, test } from 'vitest'
import { makeReport } from '../../../src/hashing/make-report.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { decodePosition } from '../../../src/stream/live/set-position.ts'
import { ThreadSupervisor } from '../../../src/stream/threads/thread-supervisor.ts'
import type { StartThread } from '../../../src/stream/threads/thread-calls.ts'
import { MatcherThread } from '../../../src/stream/threads/matcher-thread.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../fixtures/eventually.ts'

const TOPIC_ID = '0b0e7f5c-3b5b-4a52-9d0b-1a2b3c4d5e6f'

test('a thread that began before known-hashes was named commits by its name, without being started again', async () => {
  const { topics, match, kafka } = loadSettings(undefined, {})
  const policy = loadPolicy()
  const log = new MemoryLog()
  for (const topic of [topics.reports, topics.hits, topics.deadLetters])
    await log.createTopic({ topic, partitions: 1, config: {} })
  const set = new PackedKnownSet({ readers: 2 })
  const telemetry = { metrics: createMetrics({ ofProcess: false }), health: new Health() }
  const logger = createLogger('silent')
  let started = 0
  /** A member in this thread: what it does is the same in a thread of its own. */
  const startThread: StartThread = (order, main) => {
    started++
    const ended = Promise.withResolvers<undefined>()
    const calls = {
      match: (...[reports]: Parameters<typeof main.match>) => Promise.resolve(main.match(reports)),
      catchUp: () => Promise.resolve(main.catchUp()),
      owns: (...[partitions]: Parameters<typeof main.owns>) => main.owns(partitions),
    }
    const member = new MatcherThread({ order, log, main: calls, ...telemetry, logger })
    void member.start()
    return {
      metrics: () => Promise.resolve([]),
      beCautious: (caution) => member.beCautious(caution),
      stop: async () => {
        await member.stop()
        member.close()
        ended.resolve(undefined)
      },
      ended: ended.promise,
    }
  }
  const threads = new ThreadSupervisor({
    threads: 1,
    order: { settings: { ...match, canarySeconds: 0, topics, policy }, kafka, logLevel: 'silent' },
    set,
    followed: {
      get position() {
        return set.position
      },
      get isUsable() {
        return set.position.topicId !== undefined
      },
      catchUp: async () => {},
    },
    matcher: new Matcher(set, policy),
    ...telemetry,
    logger,
    startThread,
    onOwned: () => {},
  })
  onTestFinished(async () => {
    await threads.stop()
    await log.close()
    await set.close()
  })
  await threads.start()
  set.setTopicId(TOPIC_ID)
  const value = randomBalancedHash(seededRandom(3))
  const report = makeReport('test-platform', [{ type: 'pdq', value, quality: 100 }], 'report')
  await log.produceTo(topics.reports, 0, { key: null, value: JSON.stringify(report) })
  const committed = async () => (await log.committed(match.group, topics.reports)).at(0)
  await eventually(async () => (await committed())?.offset === 1)
  expect(decodePosition((await committed())?.metadata ?? '')).toMatchObject({ topicId: TOPIC_ID })
  expect(started).toBe(1)
})
