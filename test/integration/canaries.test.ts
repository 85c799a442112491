import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { canaryEntry, canaryValues } from '../../src/contract/canary.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeStatus } from '../../src/contract/status.ts'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(11)
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const page = async (matcher: MatcherProcess, name: string): Promise<string> =>
  (await fetch(`${matcher.url}/${name}`)).text()
const isReady = async (matcher: MatcherProcess): Promise<boolean> => (await fetch(`${matcher.url}/readyz`)).ok

/** The partitions that a process tells of in a metric, ascending. */
async function partitionsIn(matcher: MatcherProcess, metric: string): Promise<readonly string[]> {
  const series = (await page(matcher, 'metrics')).matchAll(
    new RegExp(`^hashwarden_${metric}{[^}]*partition="(\\d+)"`, 'gm'),
  )
  return [...series].map(([, partition]) => partition).sort()
}

async function allPartitions(matchers: readonly MatcherProcess[], metric: string): Promise<string> {
  return (await Promise.all(matchers.map((matcher) => partitionsIn(matcher, metric)))).flat().sort().join()
}

/** The platforms whose canaries some matcher has found. */
async function canariesOf({ log, settings }: Deployment): Promise<readonly string[]> {
  const platforms: string[] = []
  await readToEnd(log, settings.topics.status, ({ value }) => {
    const status = decodeStatus(value)
    if (status instanceof Rejection) return
    for (const { platform } of status.match?.platformCanaries ?? []) platforms.push(platform)
  })
  return platforms
}

test('matcher threads find canaries in every partition; without one they are not ready; none makes a hit', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const known = knownHash('pdq', randomBalancedHash(random))
  await publishCanaries(log, settings.topics.knownHashes)
  await deployment.addKnown(known)
  const matcher = await deployment.startMatcher(undefined, { canarySeconds: 1, threads: 2 })
  await eventually(async () => {
    const metrics = await page(matcher, 'metrics')
    return HASH_TYPE_NAMES.every((type) =>
      new RegExp(`^hashwarden_canaries_found_total{type="${type}"} [1-9]`, 'm').test(metrics),
    )
  })
  await eventually(() => isReady(matcher))
  // No report has come, and yet every partition has a commit, which retro-match needs.
  await eventually(
    async () => (await log.committed(settings.match.group, settings.topics.reports)).length === 3,
  )
  const { reportId, ...report } = pdqReport(known.value)
  await log.produce(settings.topics.reports, [
    {
      key: reportId,
      value: JSON.stringify({ reportId, ...report }),
      headers: { traceparent: Buffer.from(TRACE) },
    },
  ])
  await eventually(async () => (await deployment.hits()).length === 1)
  // Of a platform, as the canary file's digest is reported.
  const [, md5] = canaryValues('md5')
  const ofFile = {
    ...pdqReport(known.value, 'canary-1'),
    platform: 'example-platform',
    hashes: [{ type: 'md5', value: md5 }],
  }
  await log.produce(settings.topics.reports, [{ key: 'canary-1', value: JSON.stringify(ofFile) }])
  await eventually(async () => (await canariesOf(deployment)).includes('example-platform'))

  const canary = canaryEntry('pdq')
  await deployment.removeKnown(canary)
  await eventually(async () => {
    const why = await page(matcher, 'readyz')
    return why.includes('has no canary of pdq') && why.includes('the canary of pdq was read and not found')
  })
  await eventually(async () => readFileSync(matcher.logFile, 'utf8').includes('this matcher may be blind'))
  await publishCanaries(log, settings.topics.knownHashes)
  await eventually(() => isReady(matcher))

  const metrics = await page(matcher, 'metrics')
  expect(metrics).toMatch(/^hashwarden_reports_total 2$/m)
  expect(metrics).toMatch(/^hashwarden_known_entries 1$/m)
  expect(metrics).toMatch(/^hashwarden_canaries_missed_total{type="pdq"} [1-9]/m)
  for (const type of ['md5', 'sha1', 'sha256']) {
    expect(metrics).toContain(`hashwarden_canaries_missed_total{type="${type}"} 0\n`)
  }
  for (const stage of ['decode', 'search', 'confirm', 'acknowledge', 'commit'])
    expect(metrics).toMatch(new RegExp(`^hashwarden_stage_seconds_count{stage="${stage}"} [1-9]`, 'm'))
  const headers: string[] = []
  await readToEnd(log, settings.topics.hits, (record) => {
    headers.push(...Object.entries(record.headers).map(([name, text]) => `${name}: ${text.toString()}`))
  })
  expect(headers).toEqual([`traceparent: ${TRACE}`])
  expect((await deployment.hits()).length).toBe(1)
  const letters = await log.offsets(settings.topics.deadLetters)
  expect(letters.reduce((sum, { end }) => sum + end, 0)).toBe(0)
})

test('each partition is told of by the one process that owns it, before a rebalance and after', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  await publishCanaries(deployment.log, deployment.settings.topics.knownHashes)
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  const first = await deployment.startMatcher(undefined, { canarySeconds: 1, threads: 1 })
  const second = await deployment.startMatcher(undefined, { canarySeconds: 1, threads: 1 })
  for (const metric of ['canary_age_seconds', 'lag_seconds', 'lag_records']) {
    await eventually(
      async () =>
        (await allPartitions([first, second], metric)) === '0,1,2' &&
        (await partitionsIn(first, metric)).length > 0 &&
        (await partitionsIn(second, metric)).length > 0,
    )
  }
  await second.stop()
  for (const metric of ['canary_age_seconds', 'lag_seconds', 'lag_records'])
    await eventually(async () => (await allPartitions([first], metric)) === '0,1,2')
  await eventually(() => isReady(first))
})
