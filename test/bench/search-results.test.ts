import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { KeptResults } from '../../bench/kept-results.ts'
import { describeMachine } from '../../bench/machine.ts'
import { MnemonistTree } from '../../bench/peers/mnemonist-tree.ts'
import type { Job, JobResult, Row } from '../../bench/search/jobs.ts'
import { makeKnownSet } from '../../bench/search/known-sets.ts'
import { planJobs } from '../../bench/search/plan.ts'
import { plantQueries } from '../../bench/search/planted-queries.ts'
import { fitPowerLaw } from '../../bench/search/power-law.ts'
import { checkAgreement, checkRecall } from '../../bench/search/results.ts'
import { simdLevel } from '../../bench/simd.ts'
import { JsFlatIndex } from '../../src/search/plain/js-flat.ts'

const [JOB] = planJobs({ quick: true, peers: false, largest: Infinity, simd: 'AVX2' })

const result = (counts: number[]): JobResult => ({ buildSeconds: 1, rows: [], counts })

describe('the results of the search benchmark', () => {
  const row: Row = {
    ...JOB.askings[0],
    engine: JOB.engine,
    set: JOB.set,
    known: JOB.known,
    micros: 1,
    meanMicros: 1,
    leastMicros: 1,
    queries: 64,
    planted: 32,
    found: 32,
    matches: 0.5,
  }

  test('a planted value that is missed stops them', () => {
    expect(() => checkRecall([row])).not.toThrow()
    expect(() => checkRecall([row, { ...row, found: 31 }])).toThrow(/31 of 32/)
  })

  test('an engine that counts other matches than ours stops them, as far as both have counted', () => {
    const peer = { ...JOB, engine: 'faiss-flat' } as const
    const ours = { job: JOB, result: result([1, 0, 2]) }
    expect(checkAgreement([ours, { job: peer, result: result([1, 0]) }])).toBe(2)
    expect(() => checkAgreement([ours, { job: peer, result: result([1, 1, 2]) }])).toThrow(/query 1/)
  })
})

describe('a run that was stopped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const machine = describeMachine()
  const url = pathToFileURL(`${folder}/run/`)

  test('goes on with what it has, but not on another machine, of other sources or for other questions', () => {
    new KeptResults<Job, JobResult>(url, machine, 'one').write(JOB, result([7]))
    const again = { ...machine, date: '2001-01-01' }
    expect(new KeptResults<Job, JobResult>(url, again, 'one').read(JOB)).toEqual(result([7]))
    expect(
      new KeptResults<Job, JobResult>(url, { ...machine, simd: 'none' }, 'one').read(JOB),
    ).toBeUndefined()
    expect(new KeptResults<Job, JobResult>(url, machine, 'two').read(JOB)).toBeUndefined()
    const other: Job = { ...JOB, seconds: JOB.seconds + 1 }
    expect(new KeptResults<Job, JobResult>(url, machine, 'one').read(other)).toBeUndefined()
  })
})

test('no two jobs of a plan share a name', () => {
  for (const quick of [false, true]) {
    const names = planJobs({ quick, peers: true, largest: Infinity, simd: 'AVX-512' }).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  }
})

test('a power law is recovered from its points', () => {
  const positive = fc.double({ min: 0.01, max: 100, noNaN: true })
  fc.assert(
    fc.property(positive, fc.double({ min: -2, max: 2, noNaN: true }), (factor, exponent) => {
      const points = [10, 1000, 20_000].map((x) => [x, factor * x ** exponent] as const)
      const fitted = fitPowerLaw(points)
      expect(fitted.exponent).toBeCloseTo(exponent, 6)
      expect(fitted.factor / factor).toBeCloseTo(1, 4)
    }),
  )
})

test('mnemonist’s tree, as we ask it, finds what brute force finds', () => {
  const values = makeKnownSet('natural', 300)
  const flat = new JsFlatIndex()
  for (let at = 0; at < values.length; at += 8) flat.add(values, at)
  const tree = new MnemonistTree(values)
  const { words } = plantQueries(values, 40, 31, 1)
  for (const maxDistanceBits of [0, 8, 31, 64]) {
    const wanted = flat.search(words, { maxDistanceBits, limit: Infinity })
    const found = tree.search(words, { maxDistanceBits, limit: Infinity })
    expect(found.counts).toEqual(wanted.counts)
    for (let query = 0; query < 40; query++) {
      const own = (from: typeof wanted): number[] =>
        [...from.ids.subarray(from.starts[query], from.starts[query + 1])].sort((a, b) => a - b)
      expect(own(found)).toEqual(own(wanted))
    }
  }
})

test('the SIMD level is the best that the CPU’s flags show', () => {
  expect(simdLevel('flags : sse4_2 avx2 avx512f avx512_vpopcntdq')).toBe('AVX-512 with VPOPCNTDQ')
  expect(simdLevel('flags : sse4_2 avx2')).toBe('AVX2')
  expect(simdLevel('Features : fp asimd')).toBe('NEON')
  expect(simdLevel('')).toBe('unknown')
})
