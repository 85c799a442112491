import { createSecretKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { PACKED_CONTENT, PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { readSnapshotHeader } from '../../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../../src/known/snapshot/snapshot-refusal.ts'
import type { EventLog, OutgoingRecord } from '../../../src/log/event-log.ts'
import { LogUnreachableError } from '../../../src/log/log-faults.ts'
import { KnownSetFeed } from '../../../src/stream/feed/known-set-feed.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { restoreKnownSet, type RestoredSet } from '../../../src/stream/feed/restore-known-set.ts'
import { saveKnownSet, type SnapshotPlace } from '../../../src/stream/feed/save-known-set.ts'
import { SnapshotKeeper } from '../../../src/stream/feed/snapshot-keeper.ts'
import {
  applyTopics,
  SNAPSHOT_MAX_AGE_MS,
  TOPIC_RECORD_KEY,
  wantedTopics,
} from '../../../src/stream/topics/topics.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { knownHash } from '../../fixtures/entries.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const AS_OF_MS = Date.parse('2026-03-01T00:00:00Z')
const random = seededRandom(1)
const newEntry = (): KnownHash => knownHash('pdq', randomBalancedHash(random))

async function newTopics(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(TOPICS, 1), TOPICS, 1)
  return log
}

const recordOf = (entry: KnownHash): OutgoingRecord => ({
  key: knownHashKey(entry),
  value: encodeKnownHash(entry),
})

async function add(log: EventLog, ...entries: readonly KnownHash[]): Promise<void> {
  await log.produce(TOPICS.knownHashes, entries.map(recordOf))
}

/** A set that is kept in step with the topic, from the beginning or from where a snapshot ends. */
async function follow(log: EventLog, restored?: RestoredSet<PackedKnownSet>) {
  const set = restored?.set ?? new PackedKnownSet({ index: 'flat' })
  const feed = new KnownSetFeed({
    log,
    topic: TOPICS.knownHashes,
    set,
    landmarks: restored?.landmarks,
    minEntries: 1,
    metrics: createMetrics(),
    health: new Health(),
    logger: createLogger('silent'),
  })
  await feed.start()
  await feed.catchUp()
  onTestFinished(() => feed.stop())
  return { set, feed }
}

function newPlace(key?: SnapshotPlace['key']): SnapshotPlace {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-snapshots-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return { file: join(folder, 'known.snapshot'), key }
}

const restore = (
  log: EventLog,
  place: SnapshotPlace,
  { nowMs = AS_OF_MS, content = PACKED_CONTENT } = {},
): Promise<RestoredSet<PackedKnownSet> | SnapshotRefusal> =>
  restoreKnownSet({
    ...place,
    log,
    topic: TOPICS.knownHashes,
    content,
    load: (reader) => PackedKnownSet.load(reader, { index: 'flat' }),
    nowMs,
  })

/** A log of three entries, and a snapshot of them. */
async function saved(key?: SnapshotPlace['key']) {
  const log = await newTopics()
  await add(log, newEntry(), newEntry(), newEntry())
  const place = newPlace(key)
  const { set, feed } = await follow(log)
  await saveKnownSet({ ...place, set, feed, asOfMs: AS_OF_MS })
  return { log, place, set, feed }
}

const fresh = async (log: EventLog): Promise<string> => (await follow(log)).set.digest

test('a set that comes back reads on from its position, and is what a fresh one is', async () => {
  const { log, place, set } = await saved()
  const before = set.position
  const later = newEntry()
  await add(log, later, newEntry())
  await log.produce(TOPICS.knownHashes, [{ key: knownHashKey(later), value: null }])
  const restored = await restore(log, place)
  if (restored instanceof SnapshotRefusal) throw restored
  expect(restored.set.position).toEqual(before)
  const { set: again } = await follow(log, restored)
  expect(again.entries).toBe(4)
  expect(again.position).toEqual({ topicId: before.topicId, offset: before.offset + 3 })
  expect(again.digest).toBe(await fresh(log))
})

test('a set that came back and has read nothing since is saved again, and comes back again', async () => {
  const { log, place, set } = await saved()
  const restored = await restore(log, place)
  if (restored instanceof SnapshotRefusal) throw restored
  const { feed } = await follow(log, restored)
  await saveKnownSet({ ...place, set: restored.set, feed, asOfMs: AS_OF_MS })
  const again = await restore(log, place)
  expect(again).toMatchObject({ header: { digest: set.digest, entries: 3 } })
})

test('changes wait while a snapshot is written, and come after it', async () => {
  const { log, place, set, feed } = await saved()
  const digest = set.digest
  const seen: string[] = []
  let produced: Promise<void> | undefined
  await saveKnownSet({
    ...place,
    set,
    feed,
    asOfMs: AS_OF_MS,
    onProgress: () => {
      produced ??= add(log, newEntry())
      seen.push(set.digest)
    },
  })
  await produced
  expect(seen.length).toBeGreaterThan(3)
  expect(await restore(log, place)).toMatchObject({ header: { digest, entries: 3 }, set: { digest } })
  await feed.catchUp()
  expect(set.entries).toBe(4)
})

/** Why it is not loaded. */
async function refusal(
  log: EventLog,
  place: SnapshotPlace,
  options?: Parameters<typeof restore>[2],
): Promise<unknown> {
  const refused = await restore(log, place, options)
  if (!(refused instanceof SnapshotRefusal)) throw new Error('It was loaded.')
  return refused.code
}

describe('a snapshot is refused, and the topic read from its beginning,', () => {
  test('where there is none', async () => {
    const { log } = await saved()
    expect(await refusal(log, newPlace())).toBe('missing')
  })

  test('whichever part of it is damaged', async () => {
    const { log, place } = await saved()
    const bytes = readFileSync(place.file)
    // All of it is tried in test/known/snapshot.
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = Buffer.from(bytes)
      changed[at] ^= 0x10
      writeFileSync(place.file, changed)
      expect(await restore(log, place)).toBeInstanceOf(SnapshotRefusal)
    }
    writeFileSync(place.file, bytes.subarray(0, -1))
    expect(await refusal(log, place)).toBe('truncated')
  })

  test('with another key, or none', async () => {
    const { log, place } = await saved(createSecretKey(Buffer.alloc(32, 1)))
    expect(await refusal(log, { ...place, key: createSecretKey(Buffer.alloc(32, 2)) })).toBe('wrong-key')
    expect(await refusal(log, { ...place, key: undefined })).toBe('no-key')
    expect(await restore(log, place)).not.toBeInstanceOf(SnapshotRefusal)
  })

  test('when the topic may have forgotten removals since', async () => {
    const { log, place } = await saved()
    const nowMs = AS_OF_MS + SNAPSHOT_MAX_AGE_MS
    expect(await restore(log, place, { nowMs })).not.toBeInstanceOf(SnapshotRefusal)
    expect(await refusal(log, place, { nowMs: nowMs + 1 })).toBe('too-old')
  })

  test('of another layout', async () => {
    const { log, place } = await saved()
    expect(await refusal(log, place, { content: 'packed-known-set/9999' })).toBe('other-version')
  })

  test('when the topic was made again, with the same entries', async () => {
    const { place, set } = await saved()
    const entries = [...set.entriesWritten()]
    const again = await newTopics()
    await add(again, ...entries)
    expect(await refusal(again, place)).toBe('other-topic')
  })

  test('when the topic is shorter than the snapshot', async () => {
    const { place } = await saved()
    expect(await refusal(await newTopics(), place)).toBe('beyond-end')
  })

  test('when the topic is a copy whose offsets mean something else', async () => {
    const { log, place } = await saved()
    const records: OutgoingRecord[] = []
    const reading = await log.follow({
      topic: TOPICS.knownHashes,
      from: 'earliest',
      onBatch: (batch) => {
        records.push(...batch.records.map(({ key, value }) => ({ key, value })))
      },
    })
    while (records.length < 4) await new Promise((resolve) => setTimeout(resolve, 1))
    await reading.stop()
    const copy = async (...copied: readonly OutgoingRecord[]): Promise<EventLog> => {
      const other = new MemoryLog()
      for (const topic of wantedTopics(TOPICS, 1)) await other.createTopic(topic)
      await other.produce(TOPICS.knownHashes, copied)
      return other
    }
    expect(records[0].key?.toString()).toBe(TOPIC_RECORD_KEY)
    expect(await restore(await copy(...records), place)).not.toBeInstanceOf(SnapshotRefusal)
    const [first, second, third, fourth] = records
    // A mirror has no gap where the original was compacted: all that follow stand nearer to the beginning.
    const mirror = await copy(first, third, fourth, recordOf(newEntry()), recordOf(newEntry()))
    expect(await refusal(mirror, place)).toBe('other-topic')
    expect(await refusal(await copy(second, first, third, fourth), place)).toBe('other-topic')
  })
})

test('who must stop does not wait for the topic to be looked up', async () => {
  const { log, place } = await saved()
  const restoring = restoreKnownSet({
    ...place,
    log,
    topic: TOPICS.knownHashes,
    content: PACKED_CONTENT,
    load: (reader) => PackedKnownSet.load(reader, { index: 'flat' }),
    nowMs: AS_OF_MS,
    signal: AbortSignal.abort(new RangeError('stop')),
  })
  await expect(restoring).rejects.toThrow('stop')
})

describe('the keeper', () => {
  const HOUR_MS = 3_600_000

  /** A keeper of a set that was read from the beginning, or restored as of AS_OF_MS, at a time that a test sets. */
  async function keeper(options: { everyMs?: number; isRestored?: boolean } = {}) {
    const { log, place, set, feed } = await saved()
    const time = { nowMs: AS_OF_MS }
    const metrics = createMetrics()
    const keeping = new SnapshotKeeper({
      ...place,
      everyMs: options.everyMs ?? HOUR_MS,
      set,
      feed,
      metrics,
      logger: createLogger('silent'),
      clock: () => time.nowMs,
    })
    keeping.start(options.isRestored ? AS_OF_MS : undefined)
    return { log, place, set, feed, keeping, time, metrics }
  }

  const never = new AbortController().signal
  const entriesOf = async (log: EventLog, place: SnapshotPlace): Promise<unknown> => {
    const restored = await restore(log, place, { nowMs: AS_OF_MS + HOUR_MS })
    return restored instanceof SnapshotRefusal ? restored.code : restored.header.entries
  }

  test('writes at once when the set was read anew, whatever file is there', async () => {
    const { log, place, keeping } = await keeper()
    const { ino } = statSync(place.file)
    await add(log, newEntry())
    while (statSync(place.file).ino === ino) await new Promise((resolve) => setTimeout(resolve, 1))
    await keeping.stop(never)
    expect(await entriesOf(log, place)).toBe(4)
  })

  test('writes again and again in its turn', async () => {
    const { log, place, keeping, time } = await keeper({ everyMs: 2, isRestored: true })
    for (let entries = 4; entries < 7; entries++) {
      await add(log, newEntry())
      time.nowMs += 2
      while ((await entriesOf(log, place)) !== entries) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await keeping.stop(never)
  })

  test('writes at the end what has changed, and nothing if nothing has', async () => {
    const { log, place, keeping } = await keeper({ isRestored: true })
    await add(log, newEntry())
    await keeping.stop(never)
    expect(await entriesOf(log, place)).toBe(4)
    const unchanged = await keeper({ isRestored: true })
    const { ino, mtimeMs } = statSync(unchanged.place.file)
    await unchanged.keeping.stop(never)
    expect(statSync(unchanged.place.file)).toMatchObject({ ino, mtimeMs })
  })

  test('writes at the end what has not changed for a day, so that it does not become too old', async () => {
    const { place, keeping, time } = await keeper({ isRestored: true })
    const { ino } = statSync(place.file)
    time.nowMs += 24 * HOUR_MS
    await keeping.stop(never)
    expect(statSync(place.file).ino).not.toBe(ino)
  })

  test('writes in its turn when the clock was set back, so that no file stays that is of a time to come', async () => {
    const { place, keeping, time } = await keeper({ everyMs: 2, isRestored: true })
    const { ino } = statSync(place.file)
    time.nowMs -= HOUR_MS
    while (statSync(place.file).ino === ino) await new Promise((resolve) => setTimeout(resolve, 1))
    await keeping.stop(never)
    const header = await readSnapshotHeader(place.file, undefined)
    expect(header).toMatchObject({ asOf: new Date(time.nowMs).toISOString() })
  })

  test('gives up at the end when there is no time, and the older file stays', async () => {
    const { log, place, keeping, metrics } = await keeper({ isRestored: true })
    await add(log, newEntry())
    await keeping.stop(AbortSignal.abort())
    expect(await entriesOf(log, place)).toBe(3)
    expect((await metrics.snapshotFailures.get()).values).toMatchObject([{ value: 0 }])
  })

  test('counts what it can not write, and goes on', async () => {
    const { log, place, keeping, metrics } = await keeper({ isRestored: true })
    await add(log, newEntry())
    rmSync(join(place.file, '..'), { recursive: true })
    await keeping.stop(never)
    expect((await metrics.snapshotFailures.get()).values).toMatchObject([{ value: 1 }])
  })
  test('does not count that Kafka was away: the fault is not here, and has an alert of its own', async () => {
    const { log, place, keeping, metrics } = await keeper({ isRestored: true })
    const { ino } = statSync(place.file)
    await add(log, newEntry())
    log.offsets = () => Promise.reject(new LogUnreachableError('no broker answers'))
    await keeping.stop(never)
    expect(statSync(place.file).ino).toBe(ino)
    expect((await metrics.snapshotFailures.get()).values).toMatchObject([{ value: 0 }])
  })
})
