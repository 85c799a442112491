import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import {
  judgeQuality,
  orientationMask,
  originOf,
  policyDigest,
  threshold,
  type HashRule,
  type Policy,
} from '../../src/policy/policy.ts'

const RULE: HashRule = { part: 'hit', maxDistanceBits: 31 }
const ORIENTED: HashRule = { ...RULE, orientations: { forms: ['turned-180'], maxDistanceBits: 44 } }

describe('quality', () => {
  test.each<[string, HashRule, number | undefined, string]>([
    ['50 where 50 is asked', { ...RULE, minQuality: 50 }, 50, 'passes'],
    ['49 where 50 is asked', { ...RULE, minQuality: 50 }, 49, 'too-low'],
    ['100 where 50 is asked', { ...RULE, minQuality: 50 }, 100, 'passes'],
    ['0 where 0 is asked', { ...RULE, minQuality: 0 }, 0, 'passes'],
    ['none where 50 is asked', { ...RULE, minQuality: 50 }, undefined, 'absent'],
    ['0 where nothing is asked', RULE, 0, 'passes'],
    ['none where nothing is asked', RULE, undefined, 'passes'],
  ])('%s', (_, rule, quality, expected) => {
    expect(judgeQuality(rule, quality)).toBe(expected)
  })
})

describe('orientations', () => {
  test('without a rule for them only the picture as it is is searched', () => {
    expect(orientationMask(RULE)).toBe(0b1)
  })

  test('the mask has the bit of the picture as it is and of every form named', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), (indexes) => {
        const forms = indexes.map((index) => ORIENTATIONS[index])
        const expected = indexes.reduce((sum, index) => sum + 2 ** index, 1)
        expect(orientationMask({ ...RULE, orientations: { forms, maxDistanceBits: 31 } })).toBe(expected)
      }),
    )
  })
})

describe('the threshold', () => {
  test.each<[string, HashRule, number, number]>([
    ['of the picture as it is', ORIENTED, 0, 31],
    ['of a turned one is its own', ORIENTED, 3, 44],
    ['of a cryptographic hash is 0', { part: 'hit' }, 0, 0],
  ])('%s', (_, rule, orientation, expected) => {
    expect(threshold(rule, orientation)).toBe(expected)
  })
})

describe('the digest of a policy', () => {
  const policy: Policy = { hashes: { md5: { part: 'hit' }, pdq: ORIENTED }, origins: { a: 'x', b: 'y' } }

  test('does not depend on the order of its fields', () => {
    const reordered: Policy = {
      origins: { b: 'y', a: 'x' },
      hashes: {
        pdq: {
          orientations: { maxDistanceBits: 44, forms: ['turned-180'] },
          maxDistanceBits: 31,
          part: 'hit',
        },
        md5: { part: 'hit' },
      },
    }
    expect(policyDigest(reordered)).toBe(policyDigest(policy))
  })

  test('differs when any rule differs', () => {
    const others: Policy[] = [
      policy,
      { ...policy, origins: { a: 'x' } },
      { ...policy, hashes: { pdq: ORIENTED } },
      { ...policy, hashes: { ...policy.hashes, md5: { part: 'corroborate' } } },
      { ...policy, hashes: { ...policy.hashes, pdq: { ...ORIENTED, maxDistanceBits: 30 } } },
      { ...policy, hashes: { ...policy.hashes, pdq: { ...ORIENTED, minQuality: 0 } } },
    ]
    expect(new Set(others.map(policyDigest)).size).toBe(others.length)
  })
})

describe('the origin of a source', () => {
  const policy: Policy = { hashes: {}, origins: { mirror: 'ncmec' } }

  test.each([
    ['mirror', 'ncmec'],
    ['ncmec', 'ncmec'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('%s comes from %s', (source, origin) => {
    expect(originOf(policy, source)).toBe(origin)
  })
})
