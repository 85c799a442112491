import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shownAmount } from '../../src/capacity/amounts.ts'
import { figureOf, planCapacity } from '../../src/capacity/capacity.ts'
import { USUAL_LOAD, type PlannedLoad } from '../../src/capacity/figure.ts'
import { reportMicros } from '../../src/capacity/matching-cost.ts'
import { MEASURED } from '../../src/capacity/measured.ts'
import { mostKnownHashes, postingPerHash } from '../../src/capacity/source-ids.ts'
import { hexDigits } from '../../src/hash/hash-type.ts'
import { PostingHeap } from '../../src/known/packed/posting-heap.ts'
import { SourceIdBytes } from '../../src/known/packed/source-id-bytes.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { Settings } from '../../src/settings/settings.ts'
import { wantedTopics } from '../../src/stream/topics/topics.ts'

const USUAL: PlannedLoad = { ...USUAL_LOAD, reports: 100_000, known: 10_000_000 }
/** Bytes of a source id in every benchmark of a known set. */
const { idBytes } = MEASURED.knownSet
const loads: fc.Arbitrary<PlannedLoad> = fc.record({
  reports: fc.integer({ min: 1, max: 10_000_000 }),
  known: fc.integer({ min: 1, max: 1_000_000_000 }),
  idBytes: fc.integer({ min: 1, max: 64 }),
  orientations: fc.constantFrom(1, 8),
  replication: fc.integer({ min: 1, max: 5 }),
  hitShare: fc.double({ min: 0, max: 1, noNaN: true }),
  retentionDays: fc.integer({ min: 1, max: 30 }),
  cores: fc.integer({ min: 1, max: 256 }),
})
interface Run {
  readonly job: Readonly<Record<'kind', string>> &
    Readonly<Record<'processes' | 'threads' | 'known' | 'trafficPerSecond', number>> & {
      readonly orientations: 1 | 8
    }
  readonly answer: { readonly perSecond: number; readonly medianReadySeconds: number } & Readonly<
    Record<'readyMiB' | 'afterTrafficMiB', { readonly now: number; readonly peak: number }>
  >
}
const PIPELINE: { readonly machine: { readonly cores: number }; readonly results: readonly Run[] } =
  JSON.parse(readFileSync(new URL('../../bench/results/pipeline.json', import.meta.url), 'utf8'))
const START = PIPELINE.results.find(({ job }) => job.kind === 'start') ?? PIPELINE.results[0]

/** Whether no figure of the second plan is below that of the first. */
function nowhereLess(less: PlannedLoad, more: PlannedLoad): void {
  const [small, large] = [planCapacity(less), planCapacity(more)]
  for (const { name, value } of small.figures)
    expect(figureOf(large, name), name).toBeGreaterThanOrEqual(value)
}

describe('a plan', () => {
  test('needs nowhere less for more reports, more known hashes, longer ids, more hits, copies or days', () => {
    const factor = fc.double({ min: 1, max: 100, noNaN: true })
    fc.assert(
      fc.property(loads, factor, (load, times) => {
        nowhereLess(load, { ...load, reports: Math.ceil(load.reports * times) })
        nowhereLess(load, { ...load, known: Math.ceil(load.known * times) })
        nowhereLess(load, { ...load, hitShare: Math.min(1, load.hitShare * times) })
        nowhereLess(load, { ...load, idBytes: Math.min(64, Math.ceil(load.idBytes * times)) })
        nowhereLess(load, { ...load, replication: load.replication + 1 })
        nowhereLess(load, { ...load, retentionDays: 30 })
        nowhereLess({ ...load, orientations: 1 }, { ...load, orientations: 8 })
      }),
      { numRuns: 300 },
    )
  })

  test('has finite figures above zero, but for hits where there are none', () => {
    fc.assert(
      fc.property(loads, (load) => {
        for (const { name, value } of planCapacity({ ...load, hitShare: 0 }).figures) {
          expect(Number.isFinite(value), name).toBe(true)
          if (!/hits|PostgreSQL/.test(name)) expect(value, name).toBeGreaterThan(0)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('has threads for the load on the machines that are left when one is away', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const plan = planCapacity(load)
        const [machines, threads] = [figureOf(plan, 'machines'), figureOf(plan, 'threads in all')]
        const left = (threads / machines) * (machines - 1)
        const busy = (load.reports * reportMicros(load.known, load.orientations)) / 1e6
        expect(left * 0.7).toBeGreaterThanOrEqual(busy * (1 - 1e-9))
        expect(figureOf(plan, 'partitions')).toBeGreaterThanOrEqual(threads)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the figures agree with what was measured', () => {
  const whole = PIPELINE.results
    .filter(({ job }) => job.kind === 'whole' && job.processes === 1 && job.threads === 2)
    .map(({ job, answer }) => ({ ...job, micros: (PIPELINE.machine.cores * 1e6) / answer.perSecond }))

  test('a report costs at least what it cost at each measured size, and no more than at the dearest smaller one', () => {
    expect(whole.length).toBe(8)
    for (const { known, orientations, micros } of whole) {
      const smaller = whole.filter((one) => one.orientations === orientations && one.known <= known)
      const planned = reportMicros(known, orientations)
      expect(planned / micros).toBeGreaterThan(0.999)
      expect(planned / Math.max(...smaller.map((one) => one.micros))).toBeLessThan(1.001)
    }
  })

  test('beyond the largest set a report costs more than the measured searches would make it', () => {
    expect(MEASURED.search.exponent).toBeLessThanOrEqual(1)
    const largest = Math.max(...MEASURED.pipeline.points[8].map(({ known }) => known))
    expect(reportMicros(3 * largest, 8) / reportMicros(largest, 8)).toBeCloseTo(3)
  })

  test('memory and start are those of the measured process, and the margin', () => {
    const { job, answer } = START
    const plan = planCapacity({ ...USUAL, reports: 1, known: job.known, idBytes, cores: 2 })
    const ready = figureOf(plan, 'memory of a process') / 1.25 - MEASURED.memory.bytesPerThread
    expect(ready / 2 ** 20).toBeCloseTo(answer.readyMiB.now, 0)
    expect(figureOf(plan, 'start from a snapshot')).toBeCloseTo(2 * answer.medianReadySeconds, 1)
  })

  test('a machine with the measured load and set has memory for what it was seen to take', () => {
    const { job, answer } = START
    const load = { ...USUAL, reports: job.trafficPerSecond, known: job.known, idBytes, cores: 2 }
    expect(figureOf(planCapacity(load), 'memory of a process')).toBeGreaterThan(
      answer.afterTrafficMiB.peak * 2 ** 20,
    )
  })
})

describe('what lies beyond', () => {
  test('a load within what was measured has no sentence; each thing beyond it has one', () => {
    const within = { ...USUAL, reports: 5_000, known: 1_000_000, cores: 2 }
    const of = (load: Partial<PlannedLoad>) => planCapacity({ ...within, ...load }).beyond
    expect(of({})).toEqual([])
    expect(of({ known: 10_000_001 })).toEqual([expect.stringContaining('10,000,001 known hashes')])
    expect(of({ reports: 60_000, cores: 3 })).toEqual([expect.stringContaining('3 threads in a process')])
    expect(of({ reports: 100_000 })).toEqual([expect.stringContaining('3 machines at work')])
    expect(of({ hitShare: 0.5 })).toEqual([expect.stringContaining('A share of 0.5 of hits')])
  })

  test('the threads and machines that are planned count, not the cores of a machine that the load leaves idle', () => {
    const load = { ...USUAL, reports: 10_000, known: 1_000_000 }
    expect(planCapacity({ ...load, cores: 256 }).beyond).toEqual([])
    // Less than two cores are busy, and with the reserve it is more than a machine of two has.
    const busy = planCapacity({ ...load, reports: 60_000, cores: 2 })
    expect(busy.beyond).toEqual([expect.stringContaining('2 machines at work')])
  })

  test('a set that no process holds, and more partitions than a topic may have, are impossible', () => {
    expect(planCapacity(USUAL).impossible).toEqual([])
    const large = planCapacity({ ...USUAL, reports: 10, known: 60_000_000 })
    expect(large.impossible).toEqual([expect.stringContaining('divide the known set')])
    expect(planCapacity({ ...USUAL, reports: 10, known: 60_000_000, idBytes }).impossible).toEqual([])
    const busy = planCapacity({ ...USUAL, reports: 100_000_000 })
    expect(busy.impossible).toEqual([expect.stringContaining('divide the reports')])
  })
})

describe('source ids', () => {
  test('a posting is planned with the bytes that it takes', () => {
    for (const length of [4, 12, 31, 32, 64]) {
      const heap = new PostingHeap()
      const id = new SourceIdBytes()
      id.set('x'.repeat(length))
      const postings = 300_000
      for (let n = 0; n < postings; n++) heap.write(0, { form: 0, first: 0, second: 0 }, id)
      const planned = postingPerHash(length).bytes
      // The heap grows by chunks of 1 MiB.
      expect(Math.abs(heap.bytes - postings * planned)).toBeLessThan(2 ** 20 + 0.01 * heap.bytes)
    }
    expect(mostKnownHashes(64)).toBeLessThan(2 ** 32 / 80)
  })

  test('the usual one is that of a list without ids, whose PDQ value is the id', () => {
    expect(USUAL_LOAD.idBytes).toBe(hexDigits('pdq'))
  })
})

test('bounds and days of a plan are those of the settings and topics', () => {
  const most = Number(Reflect.get(Settings.properties.provision.properties.partitions, 'maximum'))
  const { topics, review } = loadSettings(undefined, {})
  const hits = wantedTopics(topics, 1).find(({ topic }) => topic === topics.hits)
  const days = Number(hits?.config['retention.ms']) / 86_400_000
  const formulas = planCapacity(USUAL).figures.map(({ name, formula }) => `${name}: ${formula}`)
  expect(formulas).toContainEqual(expect.stringMatching(new RegExp(`^disk for hits: .* × ${days} days`)))
  expect(formulas).toContainEqual(
    expect.stringMatching(new RegExp(`^PostgreSQL: .* × ${review.retentionDays.refer} days`)),
  )
  expect(planCapacity({ ...USUAL, reports: 100_000_000 }).impossible).toEqual([
    expect.stringContaining(`\`provision.partitions\` goes up to ${most.toLocaleString('en')}:`),
  ])
})

const bytes = (value: number): string => shownAmount({ value, unit: 'bytes' })

test('an amount is shown rounded up: never less than it is', () => {
  expect([0, 7, 999, 1001, 1_110_000, 86e12].map(bytes)).toEqual([
    '0 bytes',
    '7 bytes',
    '1,000 bytes',
    '1.1 kB',
    '1.2 MB',
    '86 TB',
  ])
  expect(shownAmount({ value: 119.2, unit: 'seconds' })).toBe('120 s')
  expect(shownAmount({ value: 3600, unit: 'seconds' })).toBe('60 min')
  expect(shownAmount({ value: 1234, unit: 'number' })).toBe('1,234')
})
