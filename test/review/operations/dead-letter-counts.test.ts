import { expect, test } from 'vitest'
import { deadLettersOf } from '../../../src/review/operations/dead-letter-counts.ts'
import type { Sample } from '../../../src/review/operations/sample.ts'
import { seriesView } from '../../../src/review/operations/series.ts'

/** A step of the whole day, in seconds, and the beginning of one. */
const STEP = 240
const BEGIN = 1_800_000_000
/** Within the first seconds of the step that began then. */
const NOW = BEGIN + 5

const known = (values: Readonly<Record<string, number>>): Sample => ({
  values: { 'dead-letters': values },
  times: {},
})

const none = known({ all: 0 })

/** What is told when there are these samples, by the number of steps before the present one. */
const told = (samples: readonly (readonly [steps: number, sample: Sample])[]) =>
  deadLettersOf(
    seriesView('24h', {
      now: NOW,
      samples: samples.map(([steps, sample]) => ({ at: BEGIN - steps * STEP + 2, sample })),
    }),
  )

const since = (seconds: number): { readonly deadLettersSince: string } => ({
  deadLettersSince: new Date(seconds * 1_000).toISOString(),
})

const steps = (from: number, to: number): readonly (readonly [number, Sample])[] =>
  Array.from({ length: from - to + 1 }, (_, at) => [from - at, none])

test('dead letters are counted by code, and known since the first whole step with samples', () => {
  const dead = known({ all: 3, empty: 1, 'not-json': 2 })
  const counts = [
    { code: 'not-json', count: 2 },
    { code: 'empty', count: 1 },
  ]
  const { deadLetters, ...rest } = told([
    [2, none],
    [1, dead],
  ])
  expect(deadLetters).toHaveLength(2)
  expect(deadLetters).toEqual(expect.arrayContaining(counts))
  expect(rest).toEqual(since(BEGIN - STEP))
})

test('none of the whole day are known since its beginning, also while the step that has begun has no sample', () => {
  const first = BEGIN - 359 * STEP
  expect(told(steps(359, 0))).toEqual({ deadLetters: [], ...since(first) })
  expect(told(steps(359, 1))).toEqual({ deadLetters: [], ...since(first) })
})

test('before a gap there may have been some that were not counted', () => {
  expect(told([...steps(359, 21), ...steps(19, 0)])).toEqual({
    deadLetters: [],
    ...since(BEGIN - 18 * STEP),
  })
})

test('just after the start they are known since now, and not at all where samples tell nothing of them', () => {
  expect(told([[0, none]])).toEqual({ deadLetters: [], ...since(NOW) })
  expect(told(steps(20, 5))).toEqual({ deadLetters: [] })
  expect(told([])).toEqual({})
})
