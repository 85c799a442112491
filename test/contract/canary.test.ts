import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CANARY_PLATFORM, canaryEntry, canaryValue, isCanaryReport } from '../../src/contract/canary.ts'
import { decodeKnownHash, encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { report } from './arbitraries.ts'

test.each(HASH_TYPE_NAMES)('the canary of %s keeps the contract, as the same bytes at any time', (type) => {
  const entry = canaryEntry(type)
  const [key, bytes] = [knownHashKey(entry), encodeKnownHash(entry)]
  expect(decodeKnownHash(Buffer.from(key), Buffer.from(bytes))).toMatchObject({ key, entry })
  expect(encodeKnownHash(canaryEntry(type))).toBe(bytes)
  expect(entry).toMatchObject({ role: 'canary', value: canaryValue(type) })
})

test('no report is a canary for its name alone, nor for a canary among its hashes', () => {
  const canary = { type: 'md5' as const, value: canaryValue('md5') }
  expect(isCanaryReport({ platform: CANARY_PLATFORM, hashes: [canary] })).toBe(true)
  expect(isCanaryReport({ platform: 'another', hashes: [canary] })).toBe(false)
  fc.assert(
    fc.property(report, ({ hashes }) => {
      expect(isCanaryReport({ platform: CANARY_PLATFORM, hashes })).toBe(false)
      expect(isCanaryReport({ platform: CANARY_PLATFORM, hashes: [canary, ...hashes] })).toBe(false)
    }),
  )
})
