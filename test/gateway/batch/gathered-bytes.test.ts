// The bytes of a body, and what they take.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GATEWAY_MAX_BYTES } from '../../../src/contract/gateway.ts'
import { GatheredBytes } from '../../../src/gateway/batch/gathered-bytes.ts'
import { InFlightBytes } from '../../../src/gateway/in-flight-bytes.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function gather(declared = 0) {
  const inFlight = new InFlightBytes(2 * GATEWAY_MAX_BYTES)
  return { inFlight, gathered: new GatheredBytes(inFlight.hold('example'), declared) }
}

const memory = (): number => {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('a body of chunks of one byte takes no more memory than is counted', () => {
  const { inFlight, gathered } = gather()
  const before = memory()
  for (let n = 0; n < 200_000; n++) gathered.add(Buffer.allocUnsafeSlow(1))
  expect(memory() - before).toBeLessThan(2 * 1024 * 1024)
  expect(inFlight.bytes).toBeGreaterThanOrEqual(200_000)
  expect(gathered.bytes).toHaveLength(200_000)
})

test('a body that is as long as its client says is held without a byte of room', () => {
  const { inFlight, gathered } = gather(100_000)
  for (let n = 0; n < 100; n++) gathered.add(Buffer.alloc(1_000))
  expect(inFlight.bytes).toBe(100_000)
})

test('a body has at most 8 MiB', () => {
  const { gathered } = gather()
  gathered.add(Buffer.alloc(GATEWAY_MAX_BYTES))
  expect(() => gathered.add(Buffer.alloc(1))).toThrow('at most')
})

test('the bytes are those of the chunks, one after the other, whatever the client says', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5_000 })), fc.nat(100_000), (chunks, declared) => {
      const { inFlight, gathered } = gather(declared)
      for (const chunk of chunks) gathered.add(chunk)
      expect(gathered.bytes.equals(Buffer.concat(chunks))).toBe(true)
      expect(inFlight.bytes).toBeGreaterThanOrEqual(gathered.bytes.length)
    }),
  )
})
