import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { encodeKnownHash, knownHashKey } from '../../../src/contract/known-hash.ts'
import { parseHashValue } from '../../../src/hash/hash-value.ts'
import { GATE_LIMITS } from '../../../src/lists/import/gate.ts'
import { curationSweeps } from '../../../src/lists/sync/curation-sweeps.ts'
import { FencedListLog, WriterLostError } from '../../../src/lists/sync/fenced-log.ts'
import { SourceError } from '../../../src/lists/sync/source-error.ts'
import { SyncDaemon, type Sweep } from '../../../src/lists/sync/sync-daemon.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import type { MemoryLog } from '../../../src/log/memory-log.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { knownHash } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import {
  idsIn,
  intakeOf,
  KNOWN,
  listedFrom,
  LISTS,
  openLog,
  say,
  SOURCE,
  statesIn,
  withdrawn,
  WrittenSource,
} from './list-topics.ts'

const QUICK_MS = 10

interface Started {
  readonly daemon: SyncDaemon
  readonly health: Health
  readonly metrics: Metrics
  readonly lines: string[]
}

async function start(
  log: MemoryLog,
  sources: Readonly<Record<string, WrittenSource>>,
  sweeps: readonly Sweep[] = [],
  everyMs = QUICK_MS,
): Promise<Started> {
  const health = new Health()
  const metrics = createMetrics({ ofProcess: false })
  const lines: string[] = []
  const daemon = new SyncDaemon({
    log,
    topic: LISTS,
    group: 'sync',
    sources: Object.entries(sources).map(([name, client]) => ({
      name,
      kind: 'https',
      everyMs,
      staleAfterMs: 60_000,
      limits: GATE_LIMITS,
      client,
      openIntake: (fenced) => intakeOf(fenced, name),
    })),
    sweeps,
    metrics,
    health,
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    retryMs: [QUICK_MS],
  })
  await daemon.start()
  onTestFinished(() => daemon.stop())
  return { daemon, health, metrics, lines }
}

const quickly = (holds: () => Promise<boolean> | boolean): Promise<void> =>
  eventually(async () => await holds(), 30_000, QUICK_MS)

test('of two daemons one works; the other waits, is ready to take over, and goes on where the first ended', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5)])
  const first = await start(log, { [SOURCE]: source })
  await quickly(async () => (await idsIn(log)).length === 5 && first.health.isReady)
  const waiting = new WrittenSource()
  waiting.ranges.push(...source.ranges, [listedFrom(5, 9)])
  const second = await start(log, { [SOURCE]: waiting })
  const active = (): readonly boolean[] => [first, second].map(({ daemon }) => daemon.status().active)
  await quickly(() => active().filter(Boolean).length === 1)
  const [working, idle] = first.daemon.status().active ? [first, second] : [second, first]
  // A rollout waits for readiness, and an alert fires without it.
  await quickly(() => idle.health.isReady)
  expect((await idle.metrics.syncActive.get()).values).toMatchObject([{ value: 0 }])
  expect(idle.lines.join('')).toMatch('this one waits')
  const ages = (await idle.metrics.registry.getMetricsAsJSON()).find(
    ({ name }) => name === 'hashwarden_list_age_seconds',
  )
  expect(ages?.values).toEqual([])
  await working.daemon.stop()
  source.ranges[1] = [listedFrom(5, 9)]
  await quickly(async () => (await idsIn(log)).length === 9)
  expect((await statesIn(log)).at(-1)?.checkpoint).toBe('2')
})

test('a daemon that another one has taken over from writes nothing any more', async () => {
  const log = await openLog()
  const frozen = await FencedListLog.open(log, 'writer')
  await frozen.produce(KNOWN, [{ key: 'a', value: 'one' }])
  const next = await FencedListLog.open(log, 'writer')
  await expect(frozen.produce(KNOWN, [{ key: 'a', value: 'old' }])).rejects.toThrow(WriterLostError)
  await next.produce(KNOWN, [{ key: 'a', value: 'two' }])
  expect((await log.offsets(KNOWN))[0].end).toBe(2)
})

test('a daemon that loses its writer while it has the turn opens another and goes on', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 5)])
  await start(log, { [SOURCE]: source })
  await quickly(async () => (await idsIn(log)).length === 5)
  await (await log.openFenced('sync-writer')).close()
  source.ranges.push([listedFrom(5, 9)])
  await quickly(async () => (await idsIn(log)).length === 9)
})

test('each source is polled by itself: one that fails holds up no other, and its trouble is shown', async () => {
  const log = await openLog()
  const failing = new WrittenSource()
  failing.ranges.push([new SourceError('corrupt-page', 'It is corrupt.')])
  const well = new WrittenSource()
  well.ranges.push([listedFrom(0, 5)])
  const { daemon, metrics, lines } = await start(log, { failing, well })
  await quickly(async () => (await idsIn(log, 'well')).length === 5)
  await quickly(() => daemon.status().sources.some(({ problem }) => problem !== undefined))
  expect(daemon.status()).toMatchObject({
    active: true,
    sources: [
      { source: 'failing', kind: 'https', problem: { code: 'corrupt-page' }, staleAfterSeconds: 60 },
      { source: 'well', entries: 5, checkedAt: expect.any(String) },
    ],
  })
  const troubled = (await metrics.listTroubled.get()).values
  expect(Object.fromEntries(troubled.map(({ labels, value }) => [labels.source, value]))).toEqual({
    failing: 1,
    well: 0,
  })
  await quickly(() => lines.some((line) => line.includes('A list is in trouble')))
  failing.ranges[0] = [listedFrom(0, 3)]
  await quickly(async () => (await idsIn(log, 'failing')).length === 3)
  await quickly(() => daemon.status().sources.every(({ problem }) => problem === undefined))
})

test('a person’s word is heard at once, however long the pause is', async () => {
  const log = await openLog()
  const source = new WrittenSource()
  source.ranges.push([listedFrom(0, 100)])
  const first = await start(log, { [SOURCE]: source })
  await quickly(async () => (await statesIn(log)).at(-1)?.checkedAt !== undefined)
  await first.daemon.stop()
  source.ranges.push([Array.from({ length: 50 }, (_, n) => withdrawn(n))])
  const { metrics } = await start(log, { [SOURCE]: source }, [], 3_600_000)
  const pendingId = async (): Promise<string | undefined> => (await statesIn(log)).at(-1)?.pending?.id
  await quickly(async () => (await pendingId()) !== undefined)
  await quickly(async () => (await metrics.listPending.get()).values.some(({ value }) => value === 1))
  await say(log, (await pendingId()) ?? '', 'apply')
  await quickly(async () => (await idsIn(log)).length === 50)
})

test('what is due beside the lists is done again and again, by the daemon that has the turn', async () => {
  const log = await openLog()
  let times = 0
  const sweep: Sweep = {
    everyMs: QUICK_MS,
    work: (fenced) => fenced.produce(KNOWN, [{ key: `swept-${times++}`, value: 'x' }]),
  }
  await start(log, {}, [sweep])
  await quickly(() => times > 2)
})

test('the daemon removes entries whose time is over, and says what each source holds', async () => {
  const log = await openLog()
  const value = 'b'.repeat(31)
  const entries = ['c', 'd'].map((last) => {
    const parsed = parseHashValue('md5', value + last)
    if (parsed === undefined) throw new TypeError('It is a value')
    // One of an id for each: its beginning is the id.
    const known = { ...knownHash('md5', parsed), sourceId: last }
    return last === 'c' ? { ...known, validUntil: '2026-01-01T00:00:00Z' } : known
  })
  await log.produce(
    KNOWN,
    entries.map((one) => ({ key: knownHashKey(one), value: encodeKnownHash(one) })),
  )
  const topics = { knownHashes: KNOWN, lists: LISTS }
  await start(log, {}, curationSweeps(topics, pino({ level: 'silent' })))
  await quickly(async () => (await idsIn(log, 'test-list')).length === 1)
  const statistics = async (): Promise<readonly string[]> => {
    const keys: string[] = []
    await readToEnd(log, LISTS, ({ key }) => void keys.push(String(key)))
    return keys
  }
  await quickly(async () => (await statistics()).includes('statistics:test-list'))
})
