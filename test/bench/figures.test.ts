import { expect, test } from 'vitest'
import { median } from '../../bench/median.ts'
import { inWords } from '../../bench/render/figures.ts'

test.each([
  ['quietMicrosPerQuery', 'quiet micros per query'],
  ['bytesOfAHit', 'bytes of a hit'],
  ['hitsASecond', 'hits a second'],
  ['mostMiBOfAMatcher', 'most MiB of a matcher'],
  ['matcherLogKiB', 'matcher log KiB'],
  ['p999', 'p 999'],
  ['PostgreSQL', 'PostgreSQL'],
  ['of the older version, read by the newer', 'of the older version, read by the newer'],
])('the figure %s is labelled "%s"', (name, label) => {
  expect(inWords(name)).toBe(label)
})

test('the median of an even number is the mean of the two in the middle', () => {
  expect(median([9, 1, 2, 4])).toBe(3)
  expect(median([9, 1, 2])).toBe(2)
})
