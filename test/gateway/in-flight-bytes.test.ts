// The bytes of requests in work.
import { expect, test } from 'vitest'
import { InFlightBytes } from '../../src/gateway/in-flight-bytes.ts'

const MIB = 1024 * 1024

test('a platform that has half of the bytes is asked to wait, while another gets in', () => {
  const inFlight = new InFlightBytes(64 * MIB)
  const large = inFlight.hold('large')
  large.take(32 * MIB)
  expect(() => inFlight.hold('large').take(1)).toThrow(expect.objectContaining({ code: 'too-many-requests' }))
  const other = inFlight.hold('other')
  other.take(32 * MIB)
  expect(() => inFlight.hold('third').take(1)).toThrow(expect.objectContaining({ code: 'overloaded' }))
  large.release()
  inFlight.hold('large').take(32 * MIB)
  other.release()
  expect(inFlight.bytes).toBe(32 * MIB)
})

test('the largest request of a platform that has nothing in work gets in, however small the memory is', () => {
  const inFlight = new InFlightBytes(16 * MIB)
  inFlight.hold('one').take(16 * MIB)
  expect(() => inFlight.hold('one').take(1)).toThrow(expect.objectContaining({ code: 'overloaded' }))
})
