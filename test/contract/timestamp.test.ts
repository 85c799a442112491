import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { Format } from 'typebox/format'
import { expect, test } from 'vitest'
import { Timestamp, timestampOf } from '../../src/contract/primitives.ts'

const timestamp = Compile(Timestamp)
const digits = (most: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, '0'))

test('a time is one exactly if it is a date-time of RFC 3339, in UTC', () => {
  const year = fc.constantFrom('0000', '1900', '2000', '2023', '2024', '9999')
  const fraction = fc.constantFrom('', '.0', '.123456789', '.')
  const zone = fc.constantFrom('Z', 'Z', 'Z', 'z', '+00:00', '')
  const parts = fc.tuple(year, digits(13), digits(32), digits(24), digits(60), digits(61), fraction, zone)
  fc.assert(
    fc.property(parts, ([y, month, day, hour, minute, second, rest, offset]) => {
      const text = `${y}-${month}-${day}T${hour}:${minute}:${second}${rest}${offset}`
      expect(timestamp.Check(text)).toBe(Format.IsDateTime(text) && offset === 'Z')
    }),
    { numRuns: 20_000 },
  )
})

test('any time that a record can have is printed as a timestamp, and one of the years 0 to 9999 exactly', () => {
  const year0 = Date.parse('0000-01-01T00:00:00Z')
  const year9999 = Date.parse('9999-12-31T23:59:59.999Z')
  const times = fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(Number),
    fc.integer({ min: year0, max: year9999 }),
    fc.constantFrom(-1, 0, year0 - 1, year9999 + 1, Infinity, -Infinity),
  )
  fc.assert(
    fc.property(times, (ms) => {
      const text = timestampOf(ms)
      expect(timestamp.Check(text)).toBe(true)
      if (ms >= year0 && ms <= year9999) expect(Date.parse(text)).toBe(ms)
    }),
  )
})
