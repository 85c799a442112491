import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeKnownHash, knownHashKey } from '../../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import type { Consumption, FollowOptions, PartitionOffsets } from '../../../src/log/event-log.ts'
import { KnownSetFeed } from '../../../src/stream/feed/known-set-feed.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import { FeedStoppedError, SetLostError } from '../../../src/stream/feed/set-errors.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { knownHash } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const random = seededRandom(8)

/** A log whose answers can take long, whose readers can be interrupted, and whose topics can be created again. */
class TroubledLog extends BendableLog {
  meanwhile: () => Promise<void> = async () => {}
  interrupt: () => void = () => {}
  /** Readers that begin from now on bring nothing, as one of Kafka that has not joined its group yet. */
  bringsNothing = false
  readers = 0
  readonly #added: string[] = []

  override async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const offsets = await super.offsets(topic)
    await this.meanwhile()
    return offsets
  }

  override async follow(options: FollowOptions): Promise<Consumption> {
    const { onInterrupted } = options
    if (onInterrupted) this.interrupt = onInterrupted
    this.readers++
    const isQuiet = this.bringsNothing
    const reading = isQuiet ? undefined : await super.follow(options)
    return {
      stop: async () => {
        await reading?.stop()
        this.readers--
      },
    }
  }

  async add(): Promise<void> {
    const entry = knownHash('pdq', randomBalancedHash(random))
    this.#added.push(knownHashKey(entry))
    await this.produce(TOPICS.knownHashes, [{ key: knownHashKey(entry), value: encodeKnownHash(entry) }])
  }

  /** Removes all entries. */
  async removeAll(): Promise<void> {
    for (const key of this.#added.splice(0)) await this.produce(TOPICS.knownHashes, [{ key, value: null }])
  }

  /** Deletes known-hashes and creates it again with this many entries. */
  async replaceTopic(entries: number): Promise<void> {
    this.deleteTopic(TOPICS.knownHashes)
    await applyTopics(this, wantedTopics(TOPICS, 1), TOPICS, 1)
    for (let n = 0; n < entries; n++) await this.add()
  }
}

/** A set that fails halfway through its next change. */
class FailingSet extends PackedKnownSet {
  fails = false

  override apply(...change: Parameters<PackedKnownSet['apply']>): void {
    if (this.fails) throw new RangeError('Out of memory')
    super.apply(...change)
  }
}

async function open(logger = createLogger('silent')) {
  const log = new TroubledLog()
  await applyTopics(log, wantedTopics(TOPICS, 1), TOPICS, 1)
  await log.add()
  const set = new FailingSet({ index: 'flat' })
  const health = new Health()
  const feed = new KnownSetFeed({
    log,
    topic: TOPICS.knownHashes,
    set,
    minEntries: 1,
    metrics: createMetrics(),
    health,
    logger,
  })
  onTestFinished(() => feed.stop())
  return { log, set, feed, health }
}

async function follow(...options: Parameters<typeof open>) {
  const opened = await open(...options)
  await opened.feed.start()
  await opened.feed.catchUp()
  return opened
}

type Opened = Awaited<ReturnType<typeof open>>

const untilLost = (feed: KnownSetFeed): Promise<void> =>
  new Promise((resolve) => feed.lost.addEventListener('abort', () => resolve(), { once: true }))

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

test('changes that come while the topic’s end is asked for do not make it another topic', async () => {
  const { log, set, feed } = await follow()
  log.meanwhile = async () => {
    const { entries } = set
    await log.add()
    while (set.entries === entries) await turn()
  }
  await feed.catchUp()
  expect(feed.lost.aborted).toBe(false)
  expect(feed.isUsable).toBe(true)
})

test('a set that shrinks below minEntries while it is followed is logged once, and so is its recovery', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-feed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const logFile = join(folder, 'feed.log')
  const { log, feed, health } = await follow(createLogger('info', { file: logFile }))
  const entry = knownHash('pdq', randomBalancedHash(random))
  const change = async (value: Buffer | string | null): Promise<void> => {
    await log.produce(TOPICS.knownHashes, [{ key: knownHashKey(entry), value }])
    await feed.catchUp()
  }
  const lines = (): readonly unknown[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('minEntries'))
      .map((line): unknown => JSON.parse(line))
  await log.removeAll()
  await feed.catchUp()
  expect(feed.isUsable).toBe(false)
  expect(health.waitingFor['known-set']).toMatch(/fewer than minEntries 1/)
  await change(null)
  expect(lines()).toMatchObject([{ level: 50, entries: 0, minEntries: 1 }])
  await change(encodeKnownHash(entry))
  expect(feed.isUsable).toBe(true)
  expect(lines()).toMatchObject([{ level: 50 }, { level: 30, entries: 1, minEntries: 1 }])
})

describe('a set that is lost', () => {
  test('ends every wait for it, those that began before and those that begin later', async () => {
    const { log, feed } = await follow()
    const release = feed.hold()
    onTestFinished(release)
    await log.add()
    const before = feed.catchUp()
    const rejected = expect(before).rejects.toThrow(SetLostError)
    await turn()
    await log.replaceTopic(0)
    await expect(feed.catchUp()).rejects.toThrow(/deleted and created again/)
    await rejected
    await expect(feed.catchUp()).rejects.toMatchObject({ code: 'SET_LOST', loss: 'topic-replaced' })
  })

  test('is not usable, and says so in health and by its signal', async () => {
    const { log, feed, health } = await follow()
    const lost = untilLost(feed)
    await log.replaceTopic(0)
    await feed.catchUp().catch(() => {})
    await lost
    expect(feed.lost.reason).toBeInstanceOf(SetLostError)
    expect(feed.isUsable).toBe(false)
    expect(health.waitingFor['known-set']).toMatch(/lost/)
  })

  test('stays as it was: a change that failed halfway is the last one', async () => {
    const { log, set, feed } = await follow()
    const lost = untilLost(feed)
    const { offset } = set.position
    set.fails = true
    await log.add()
    await lost
    expect(feed.lost.reason).toMatchObject({ loss: 'change-not-applied' })
    await turn()
    // A thread that has not heard of the loss would commit with this position: as if the change had been applied.
    expect(set.position.offset).toBe(offset)
    set.fails = false
    await log.add()
    await turn()
    expect(set.entries).toBe(1)
    await expect(feed.catchUp()).rejects.toThrow(SetLostError)
  })
})

describe('after an interruption', () => {
  test('the set is not usable before its topic is known to be the same, and is then', async () => {
    const { log, feed, health } = await follow()
    const answered = Promise.withResolvers<void>()
    log.meanwhile = () => answered.promise
    log.interrupt()
    expect(feed.isUsable).toBe(false)
    expect(health.waitingFor['known-set']).toMatch(/same topic/)
    answered.resolve()
    while (!feed.isUsable) await turn()
    expect(health.isReady).toBe(true)
    expect(feed.lost.aborted).toBe(false)
  })

  test('a topic that was created again and has grown past the set’s position is found out', async () => {
    const { log, feed } = await follow()
    const lost = untilLost(feed)
    await log.replaceTopic(9)
    log.interrupt()
    await lost
    expect(feed.lost.reason).toMatchObject({ loss: 'topic-replaced' })
  })
})

test('a topic that was created again and ends where the set is, is found out by the next wait for its end', async () => {
  const { log, set, feed } = await follow()
  const { offset } = set.position
  await log.replaceTopic(1)
  expect(await log.offsets(TOPICS.knownHashes)).toMatchObject([{ end: offset }])
  await expect(feed.catchUp()).rejects.toThrow(SetLostError)
  expect(feed.lost.reason).toMatchObject({ loss: 'topic-replaced' })
})

describe('a set that is held', () => {
  test('keeps changes waiting until it is released, and then has them all', async () => {
    const { log, set, feed } = await follow()
    const release = feed.hold()
    await log.add()
    await log.add()
    await turn()
    expect(set.entries).toBe(1)
    release()
    await feed.catchUp()
    expect(set.entries).toBe(3)
  })

  test('can not be held twice, and can be held again once it was released', async () => {
    const { log, set, feed } = await follow()
    const release = feed.hold()
    expect(() => feed.hold()).toThrow(/held already/)
    release()
    const again = feed.hold()
    // Released twice: that is not the release of another hold.
    release()
    await log.add()
    await turn()
    expect(set.entries).toBe(1)
    again()
    await feed.catchUp()
    expect(set.entries).toBe(2)
  })
})

describe('a feed that is stopped', () => {
  test('ends every wait for its set', async () => {
    const { log, feed } = await follow()
    const release = feed.hold()
    await log.add()
    const waits = [feed.catchUp(), feed.catchUp()].map((wait) =>
      expect(wait).rejects.toThrow(FeedStoppedError),
    )
    await turn()
    const stopping = feed.stop()
    await Promise.all(waits)
    release()
    await stopping
    await expect(feed.catchUp()).rejects.toThrow(FeedStoppedError)
  })

  test('applies nothing more, also of what it held back', async () => {
    const { log, set, feed } = await follow()
    const release = feed.hold()
    await log.add()
    await turn()
    const stopping = feed.stop()
    release()
    await stopping
    expect(set.entries).toBe(1)
  })

  test.each([
    ['a member that has just joined', ({ feed }: Opened) => void feed.catchUp().catch(() => {})],
    ['a reader that was interrupted', ({ log }: Opened) => log.interrupt()],
  ])('ends its look for the record _topic, for %s, and leaves no reader behind', async (_, look) => {
    const opened = await follow()
    const { log, feed } = opened
    log.bringsNothing = true
    look(opened)
    await eventually(async () => log.readers === 2)
    await feed.stop()
    expect(log.readers).toBe(0)
  })

  test('while it starts leaves no reader and no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { log, feed } = await open()
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    log.meanwhile = () => {
      asked.resolve()
      return answered.promise
    }
    const starting = feed.start()
    await asked.promise
    const stopping = feed.stop()
    answered.resolve()
    await Promise.all([starting, stopping])
    expect(log.readers).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
