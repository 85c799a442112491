import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { makeReport } from '../../../src/hashing/make-report.ts'
import { decodeHit } from '../../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey } from '../../../src/contract/known-hash.ts'
import { LogFailedError, LogUnreachableError } from '../../../src/log/log-faults.ts'
import type { EventLog, OutgoingRecord } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { knownHash } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { RefusingLog } from '../../log/refusing-log.ts'
import { startedMatcher } from '../started-matcher.ts'

const defaults = loadSettings(undefined, {})
const { topics } = defaults
const known = knownHash('pdq', randomBalancedHash(seededRandom(8)))

const ended: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

async function started(
  log: EventLog,
  { partitions = 3, canarySeconds = 0 }: { partitions?: number; canarySeconds?: number } = {},
) {
  await applyTopics(log, wantedTopics(topics, partitions), topics, 1)
  await publishCanaries(log, topics.knownHashes)
  await log.produce(topics.knownHashes, [{ key: knownHashKey(known), value: encodeKnownHash(known) }])
  const match = { ...defaults.match, canarySeconds, retro: { ...defaults.match.retro, share: 0 } }
  const settings: Settings = { ...defaults, match }
  const lines: { readonly msg: string; readonly reason?: string }[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const matcher = await startedMatcher(log, settings, loadPolicy(), logger)
  ended.push(async () => {
    await matcher.service.stop()
    await log.close()
  })
  return { ...matcher, lines }
}

const submit = (log: EventLog, partition: number, reportId: string): Promise<number> => {
  const report = makeReport('test-platform', [{ type: 'pdq', value: known.value, quality: 100 }], reportId)
  return log.produceTo(topics.reports, partition, { key: null, value: JSON.stringify(report) })
}

async function reportsWithHit(log: EventLog): Promise<string[]> {
  const ids: string[] = []
  await readToEnd(log, topics.hits, ({ value }) => {
    const hit = decodeHit(value)
    if ('hitId' in hit) ids.push(hit.report.reportId)
  })
  return ids.sort()
}

const idOf = ({ value }: OutgoingRecord): string => {
  const hit = decodeHit(Buffer.from(value ?? ''))
  return 'hitId' in hit ? hit.report.reportId : ''
}

test('a refused hit holds up what comes behind it, everything before it is committed, and no other hit is published twice', async () => {
  const log = new RefusingLog(topics.hits)
  const { health, metrics } = await started(log)
  const refused = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries(
      (await metrics.refusedRecords.get()).values.map(({ labels, value }) => [String(labels.topic), value]),
    )
  log.takes = (record) => idOf(record) !== 'report-3'
  for (let n = 0; n < 8; n++) await submit(log, 1, `report-${n}`)
  await submit(log, 2, 'elsewhere')
  const others = ['elsewhere', ...[0, 1, 2, 4, 5, 6, 7].map((n) => `report-${n}`)]
  await eventually(async () => (await reportsWithHit(log)).length === others.length)
  await eventually(async () => health.waitingFor['publishing'] !== undefined)
  expect(health.waitingFor['publishing']).toBe(
    `${topics.hits}: 1 records of 1 partitions wait. Topic ${topics.hits} refuses records. Mend it.`,
  )
  expect(await refused()).toEqual({ [topics.hits]: 1, [topics.deadLetters]: 0 })
  const committed = async (): Promise<readonly (readonly [number, number])[]> =>
    (await log.committed(defaults.match.group, topics.reports)).map(({ partition, offset }) => [
      partition,
      offset,
    ])
  await eventually(async () => (await committed()).length === 2)
  expect(new Map(await committed())).toEqual(
    new Map([
      [1, 3],
      [2, 1],
    ]),
  )
  log.takes = () => true
  await eventually(async () => (await committed()).some(([, offset]) => offset === 8))
  expect(await reportsWithHit(log)).toEqual([...others, 'report-3'].sort())
  await eventually(async () => health.isReady)
  expect(await refused()).toEqual({ [topics.hits]: 0, [topics.deadLetters]: 0 })
})

test('hits that an outage keeps back are no refusal, and the process is not ready before they are acknowledged', async () => {
  const log = new RefusingLog(topics.hits)
  const { health, metrics, lines } = await started(log)
  log.error = new LogUnreachableError('Cannot reach Kafka at nowhere. Is it running?')
  log.takes = (record) => idOf(record) !== 'report-3'
  for (let n = 0; n < 8; n++) await submit(log, 1, `report-${n}`)
  await eventually(async () => health.waitingFor['publishing']?.includes('KAFKA_UNREACHABLE'))
  // Other hits are acknowledged meanwhile.
  await submit(log, 2, 'elsewhere')
  await eventually(async () => (await reportsWithHit(log)).includes('elsewhere'))
  expect(health.waitingFor['publishing']).toBeDefined()
  expect((await metrics.refusedRecords.get()).values.every(({ value }) => value === 0)).toBe(true)
  log.takes = () => true
  await eventually(async () => health.isReady)
  expect((await reportsWithHit(log)).length).toBe(9)
  expect(lines.some(({ msg }) => msg.includes('are refused'))).toBe(false)
})

test('readiness shows no words of a library where hits are refused; the log does', async () => {
  const log = new RefusingLog(topics.hits)
  const { health, lines } = await started(log)
  log.takes = () => false
  log.error = new LogFailedError('host.internal refuses someone', {
    cause: Object.assign(new Error('host.internal'), { type: 'POLICY_VIOLATION' }),
  })
  await submit(log, 1, 'report')
  await eventually(async () => health.waitingFor['publishing'] !== undefined)
  expect(health.waitingFor['publishing']).toBe(
    `${topics.hits}: 1 records of 1 partitions wait. Topic ${topics.hits} can’t be written to: LogFailedError (KAFKA_FAILED, POLICY_VIOLATION). The log says more.`,
  )
  expect(JSON.stringify(lines)).toContain('host.internal refuses someone')
})

test('a matcher whose canaries and hits fail on hundreds of partitions, amid records that are no reports, logs a few lines', async () => {
  const log = new RefusingLog(topics.hits)
  const partitions = 400
  const { health, lines } = await started(log, { partitions, canarySeconds: 1 })
  for (let partition = 0; partition < partitions; partition++) {
    await submit(log, partition, `report-${partition}`)
    await log.produceTo(topics.reports, partition, { key: null, value: 'no report' })
  }
  log.takes = () => false
  log.takesCanaries = false
  await eventually(async () => health.waitingFor['publishing']?.includes(`${partitions} partitions`))
  await eventually(async () => health.waitingFor['canaries']?.includes(`and ${partitions - 5} more`))
  log.takes = () => true
  log.takesCanaries = true
  await eventually(async () => new Set(await reportsWithHit(log)).size === partitions)
  await eventually(async () => health.isReady)
  await eventually(async () => lines.some(({ msg }) => msg === 'Canaries are found again in every partition'))
  expect(lines.length).toBeLessThan(20)
  expect(JSON.stringify(lines).length).toBeLessThan(10_000)
})
