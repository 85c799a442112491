import { expect, test } from 'vitest'
import { BenchReports, hitsBefore, isHitAt } from '../../bench/pipeline/bench-reports.ts'
import { benchEntry, HIT_VALUES, knownMd5, knownPdq } from '../../bench/pipeline/known-values.ts'
import { percentilesOf } from '../../bench/pipeline/percentiles.ts'
import { planJobs } from '../../bench/pipeline/plan.ts'
import { PARTITIONS, policyOf } from '../../bench/pipeline/site.ts'
import { knownHashKey } from '../../src/contract/known-hash.ts'
import { checkReport } from '../../src/contract/report.ts'
import { unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'

const KNOWN = HIT_VALUES.pdq

test('exactly the reports that are counted on as hits make hits, whatever the orientations', async () => {
  const set = new PackedKnownSet()
  let offset = 0
  const add = (type: 'pdq' | 'md5', value: HashValue): void => {
    const entry = benchEntry(type, value)
    set.apply({ identity: entry, key: knownHashKey(entry), entry }, offset++)
  }
  const pdq = knownPdq(KNOWN)
  for (let at = 0; at < pdq.length; at += 8) add('pdq', unpackHex(pdq, at, 8))
  for (const value of knownMd5(KNOWN)) add('md5', value)
  const made = new BenchReports(3)
  const places = Array.from({ length: PARTITIONS * 250 }, (_, n) => ({
    partition: n % PARTITIONS,
    offset: Math.floor(n / PARTITIONS),
  }))
  const reports = places.map(({ partition, offset: at }) => ({
    report: made.make(isHitAt(partition, at)),
    receivedAtMs: 0,
  }))
  for (const { report } of reports) expect(checkReport(report)).toEqual(report)
  for (const orientations of [1, 8] as const) {
    const hits = new Matcher(set, policyOf(orientations)).match(reports)
    expect(hits.map((hit) => hit !== undefined)).toEqual(
      places.map(({ partition, offset: at }) => isHitAt(partition, at)),
    )
  }
  await set.close()
})

test('as many hits are expected as there are reports of known hashes before the committed offsets', () => {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const offset of [0, partition, partition + 1, 99, 100, 101, 250]) {
      const places = Array.from({ length: offset }, (_, at) => isHitAt(partition, at))
      expect(hitsBefore([{ partition, offset }])).toBe(places.filter(Boolean).length)
    }
  }
})

test('a percentile is a sample, and the share that is named lies at or under it', () => {
  const samples = Array.from({ length: 1_000 }, (_, n) => 1_000 - n)
  expect(percentilesOf(samples)).toEqual({ p50: 500, p90: 900, p99: 990, p999: 999, greatest: 1_000 })
  expect(percentilesOf([7])).toEqual({ p50: 7, p90: 7, p99: 7, p999: 7, greatest: 7 })
})

test('each job has a name of its own, and peers are left out on request', () => {
  for (const quick of [true, false]) {
    const names = planJobs({ quick, peers: true }).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(planJobs({ quick, peers: false }).every(({ kind }) => kind !== 'peer')).toBe(true)
  }
})
