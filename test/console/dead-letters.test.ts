// What the page says of dead letters: for what time they are known, and which of them are shown.
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../src/console/client/refusal.ts'
import { noneText, spanText } from '../../src/console/pages/operating/dead-letter-span.ts'
import { noLetters, withMore } from '../../src/console/pages/operating/letters-shown.ts'
import type { DeadLetterView } from '../../src/contract/review.ts'

const NOW = Date.parse('2026-01-02T03:04:35.000Z')
const AT = new Date(NOW).toISOString()

const since = (hours: number) => ({
  at: AT,
  deadLettersSince: new Date(NOW - hours * 3_600_000).toISOString(),
})

const letter = (id: string): DeadLetterView => ({
  id,
  topic: 'reports',
  partition: 0,
  offset: 4,
  bytes: 10,
  code: 'not-json',
  place: '',
  at: AT,
})

describe('dead letters', () => {
  test('none have a tick only if the whole day is known; else it is said since when', () => {
    expect(noneText(since(23.95))).toBe('✓ None in the last 24 hours.')
    expect(noneText(since(23))).toMatch(/^None since 1 Jan 2026, .*\. What was before is not known\.$/)
    expect(noneText({ at: AT })).toBe('Not known now.')
  })

  test('counts say that they are of the last 24 hours, and since when these are known', () => {
    expect(spanText(since(24))).toBe('of the last 24 hours')
    expect(spanText(since(0.1))).toMatch(/^of the last 24 hours, as far as is known: known since 2 Jan 2026/)
    expect(spanText({ at: AT })).toBe('of the last 24 hours, as far as is known: not known now')
  })

  test('that are shown stay when more of them are refused', () => {
    const shown = { letters: [letter('0-1')], next: '1-0' }
    const refusal = new Refusal({ code: 'away', title: 'Kafka does not answer', status: 503 })
    expect(withMore(shown, refusal)).toBe(shown)
    expect(withMore(shown, { letters: [letter('0-0')] })).toEqual({ letters: [letter('0-1'), letter('0-0')] })
  })

  test('are not said to be none while only some of them were read', () => {
    expect(noLetters({ letters: [] })).toBe('There is no such dead letter.')
    expect(noLetters({ letters: [], next: '1-0' })).toContain('read so far')
  })
})
