import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { Format } from 'typebox/format'
import { expect, test } from 'vitest'
import { Timestamp } from '../../src/contract/primitives.ts'

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
