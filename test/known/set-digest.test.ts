import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeKnownHash, type KnownHash } from '../../src/contract/known-hash.ts'
import { SetDigest } from '../../src/known/set-digest.ts'
import { knownHash } from '../contract/arbitraries.ts'

const term = (entry: KnownHash): bigint =>
  BigInt(`0x${createHash('sha256').update(encodeKnownHash(entry)).digest('hex')}`)

test('the digest is the sum, modulo 2^256, of the SHA-256 of what was added less what was removed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), knownHash), { maxLength: 20 }), (steps) => {
      const digest = new SetDigest()
      let sum = 0n
      for (const [adds, entry] of steps) {
        if (adds) digest.add(entry)
        else digest.remove(entry)
        sum += adds ? term(entry) : -term(entry)
        expect(digest.toString()).toBe(BigInt.asUintN(256, sum).toString(16).padStart(64, '0'))
      }
    }),
  )
})
