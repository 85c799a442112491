// Looking back while the topic of hits takes none, or not all of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { decodeHit } from '../../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import { LogUnreachableError } from '../../../src/log/log-faults.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { retroGroup } from '../../../src/stream/retro/retro-stream.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { RefusingLog } from '../../log/refusing-log.ts'
import { startedMatcher } from '../started-matcher.ts'

const REPORTS = 100
const defaults = loadSettings(undefined, {})
const settings = {
  ...defaults,
  match: { ...defaults.match, canarySeconds: 1, retro: { share: 1, maxLagRecords: 1_000 } },
}
const { topics, match } = settings
const random = seededRandom(41)

const numberOf = ({ value }: Pick<OutgoingRecord, 'value'>): number => {
  const hit = decodeHit(Buffer.from(value ?? ''))
  return 'hitId' in hit ? Number(hit.report.reportId) : NaN
}

/** A matcher that has matched reports whose value becomes known when `makeKnown` is called. */
async function matched(log: RefusingLog) {
  await applyTopics(log, wantedTopics(topics, 1), topics, 1)
  await publishCanaries(log, topics.knownHashes)
  const lines: { readonly msg: string }[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const matcher = await startedMatcher(log, settings, loadPolicy(), logger)
  const learn = (entry: KnownHash): Promise<void> =>
    log.produce(topics.knownHashes, [{ key: knownHashKey(entry), value: encodeKnownHash(entry) }])
  await learn(knownHash('pdq', randomBalancedHash(random)))
  const later = knownHash('pdq', randomBalancedHash(random))
  await log.produce(
    topics.reports,
    Array.from({ length: REPORTS }, (_, n) => ({
      key: String(n),
      value: JSON.stringify(pdqReport(later.value, String(n))),
    })),
  )
  const lookedBackTo = async (): Promise<number> =>
    (await log.committed(retroGroup(match.group), topics.knownHashes))[0]?.offset ?? 0
  const untilLookedBack = async (): Promise<void> => {
    const [{ end }] = await log.offsets(topics.knownHashes)
    await eventually(async () => (await lookedBackTo()) === end)
  }
  await untilLookedBack()
  return {
    ...matcher,
    lines,
    untilLookedBack,
    makeKnown: () => learn(later),
    hits: async (): Promise<readonly number[]> => {
      const hits: number[] = []
      await readToEnd(log, topics.hits, (record) => hits.push(numberOf(record)))
      return hits.toSorted((a, b) => a - b)
    },
    [Symbol.asyncDispose]: async () => {
      await matcher.service.stop()
      await log.close()
    },
  }
}

const ALL = Array.from({ length: REPORTS }, (_, n) => n)
const isEven = (n: number): boolean => n % 2 === 0

test('hits of looking back that are refused are told once, keep the process from being ready, and come once each when they are taken', async () => {
  const log = new RefusingLog(topics.hits)
  await using matcher = await matched(log)
  const { health, lines, metrics } = matcher
  log.takes = (record) => isEven(numberOf(record))
  await matcher.makeKnown()
  await eventually(async () => health.waitingFor['looking-back'] !== undefined)
  expect(health.waitingFor['looking-back']).toBe(
    `${topics.hits}: 50 records of 1 partitions wait. Topic ${topics.hits} refuses records. Mend it.`,
  )
  expect((await metrics.refusedRecords.get()).values).toContainEqual({
    labels: { topic: topics.hits, of: 'looking-back' },
    value: 50,
  })
  await sleep(4_000)
  expect(health.waitingFor['looking-back']).toBeDefined()
  expect(health.waitingFor['kafka']).toBeUndefined()
  // Those that are acknowledged are not sent again.
  expect(await matcher.hits()).toEqual(ALL.filter(isEven))
  log.takes = () => true
  await matcher.untilLookedBack()
  expect(await matcher.hits()).toEqual(ALL)
  await eventually(async () => health.isReady)
  await eventually(async () => lines.some(({ msg }) => msg === 'Hits of looking back are published again'))
  expect(lines.filter(({ msg }) => msg.startsWith('Hits of looking back are not')).length).toBe(1)
})

test('an outage amid the hits of looking back repeats none of them, and is told', async () => {
  const log = new RefusingLog(topics.hits)
  await using matcher = await matched(log)
  const { health, lines, metrics } = matcher
  log.error = new LogUnreachableError('Cannot reach Kafka at nowhere. Is it running?')
  log.takes = (record) => isEven(numberOf(record))
  await matcher.makeKnown()
  await eventually(async () => health.waitingFor['looking-back']?.includes('KAFKA_UNREACHABLE'))
  await sleep(2_000)
  expect(await matcher.hits()).toEqual(ALL.filter(isEven))
  // It ends by itself: no operator is called.
  expect((await metrics.refusedRecords.get()).values.every(({ value }) => value === 0)).toBe(true)
  log.takes = () => true
  await matcher.untilLookedBack()
  expect(await matcher.hits()).toEqual(ALL)
  await eventually(async () => health.isReady)
  expect(lines.filter(({ msg }) => msg.startsWith('Hits of looking back are not')).length).toBe(1)
})

test('a matcher whose hits of looking back are refused stops, and the next one goes on', async () => {
  const log = new RefusingLog(topics.hits)
  const first = await matched(log)
  log.takes = () => false
  await first.makeKnown()
  await eventually(async () => first.health.waitingFor['looking-back'] !== undefined)
  await first.service.stop()
  log.takes = () => true
  const next = await startedMatcher(log, settings, loadPolicy())
  await first.untilLookedBack()
  expect(await first.hits()).toEqual(ALL)
  await next.service.stop()
  await log.close()
})
