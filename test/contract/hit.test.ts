import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareEntries,
  compareMatches,
  decodeHit,
  encodeHit,
  Hit,
  HIT_MAX_BYTES,
  hitId,
  MAX_KNOWN_ENTRIES,
  MAX_MATCHES,
  type KnownEntry,
  type Match,
} from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { hit as anyHit, match as anyMatch } from './arbitraries.ts'
import { refusal } from './refusal.ts'

describe('the hitId', () => {
  // Computed with Python: sha256(pack('>I', 7) + b'example' + pack('>I', 8) + b'report-1').
  test('is the SHA-256 over both parts, each behind its length', () => {
    expect(hitId('example', 'report-1')).toBe(
      'e849e645aedcbaf62684b87989373193f88a0f1ad4dae9a3537ea0579561203e',
    )
  })

  test('does not mix up where platform ends and reportId begins', () => {
    expect(hitId('ab', 'c')).not.toBe(hitId('a', 'bc'))
  })

  test('differs for any two different reports', () => {
    const pair = fc.tuple(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }))
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const isSame = a[0] === b[0] && a[1] === b[1]
        expect(hitId(...a) === hitId(...b)).toBe(isSame)
      }),
    )
  })

  test('counts bytes, not characters', () => {
    expect(hitId('é', 'a')).toMatch(/^[0-9a-f]{64}$/)
    expect(hitId('é', 'a')).not.toBe(hitId('e', 'a'))
  })
})

/** The largest hit that the contract allows: every field at its bound, every character as long as it can be in JSON. */
function largestHit(): Hit {
  const reference = ':'.repeat(256)
  const time = `2026-01-02T03:04:05.${'9'.repeat(19)}Z`
  const known: KnownEntry = {
    source: '-'.repeat(32),
    // Both take two bytes in JSON; no other character without a control character takes more than its UTF-8.
    sourceId: '"\\'.repeat(32),
    origin: '-'.repeat(32),
    classification: { scheme: '.'.repeat(16), code: ' '.repeat(32) },
    addedAt: time,
  }
  const match: Match = {
    reportDigest: 'f'.repeat(64),
    type: 'blockhash',
    value: 'f'.repeat(64),
    knownValue: 'f'.repeat(64),
    distance: 256,
    threshold: 256,
    orientation: 'mirrored-left-right',
    known: Array.from({ length: MAX_KNOWN_ENTRIES }, () => known),
  }
  return {
    schema: 'hit/1',
    hitId: 'f'.repeat(64),
    report: {
      reportId: ':'.repeat(128),
      platform: 'a'.repeat(64),
      observedAt: time,
      mediaType: 'image',
      contentRef: reference,
      actorRef: reference,
      collectionRef: reference,
      byteLength: Number.MAX_SAFE_INTEGER,
      cybertipId: '9'.repeat(20),
      jurisdictions: Array<string>(16).fill('US-ABC'),
      annotations: Array<'animeDrawingVirtualHentai'>(10).fill('animeDrawingVirtualHentai'),
      viewed: { thisFile: 'unknown', by: 'automated' },
      basis: { kind: 'legal-process', ref: reference },
    },
    receivedAt: time,
    reportDigest: 'f'.repeat(64),
    matches: Array.from({ length: MAX_MATCHES }, () => match),
    matchCount: Number.MAX_SAFE_INTEGER,
    truncated: false,
    grade: 'exact-weak',
    support: { origins: Number.MAX_SAFE_INTEGER, hashTypes: Number.MAX_SAFE_INTEGER },
    priority: Number.MAX_SAFE_INTEGER,
    expectedByChance: Number.MIN_VALUE * 123_456_789,
    knownSet: { offset: Number.MAX_SAFE_INTEGER, digest: 'f'.repeat(64), entries: Number.MAX_SAFE_INTEGER },
    policy: 'f'.repeat(64),
    retroactive: false,
    // Each takes six bytes in JSON.
    why: Array<string>(32).fill('\u0000'.repeat(64)),
    reportsDiffer: true,
  }
}

describe('the largest possible hit', () => {
  test('stays under 256 KiB, so that none can stall a partition', () => {
    const bytes = Buffer.from(encodeHit(largestHit()))
    expect(bytes.length).toBeLessThanOrEqual(HIT_MAX_BYTES)
    expect(decodeHit(bytes)).toEqual(largestHit())
  })

  test.each<[string, (hit: Hit) => unknown]>([
    ['a 65th match', (hit) => ({ ...hit, matches: [...hit.matches, hit.matches[0]] })],
    [
      'a ninth known entry',
      (hit) => {
        const [match] = hit.matches
        return { ...hit, matches: [{ ...match, known: [...match.known, match.known[0]] }] }
      },
    ],
    ['a 33rd rule', (hit) => ({ ...hit, why: [...hit.why, ''] })],
    [
      'a longer sourceId',
      (hit) => {
        const [match] = hit.matches
        const [entry] = match.known
        return { ...hit, matches: [{ ...match, known: [{ ...entry, sourceId: `${entry.sourceId}a` }] }] }
      },
    ],
  ])('has no room for %s', (_, grown) => {
    expect(decodeHit(Buffer.from(JSON.stringify(grown({ ...largestHit() }))))).toBeInstanceOf(Rejection)
  })

  // A bound that is missing from the schema would make the test above a promise about nothing.
  test('is bounded in every text, list and number of the schema', () => {
    const unbounded: string[] = []
    const walk = (schema: Record<string, unknown>, at: string): void => {
      const isBounded =
        (schema['type'] === 'string' && ['pattern', 'maxLength', 'const'].some((bound) => bound in schema)) ||
        (schema['type'] === 'array' && 'maxItems' in schema) ||
        !['string', 'array'].includes(String(schema['type']))
      if (!isBounded) unbounded.push(at)
      for (const [name, inner] of Object.entries(schema)) {
        if (inner !== null && typeof inner === 'object')
          walk(inner as Record<string, unknown>, `${at}/${name}`)
      }
    }
    walk({ ...Hit }, '')
    expect(unbounded).toEqual([])
  })
})

/** The same value with the fields of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reversed(field)]),
  )
}

describe('the codec', () => {
  test('a hit is read back as it was', () => {
    fc.assert(
      fc.property(anyHit, (hit) => {
        expect(decodeHit(Buffer.from(encodeHit(hit)))).toEqual(hit)
      }),
    )
  })

  test('equal hits have equal bytes, whatever the order of their fields', () => {
    fc.assert(
      fc.property(anyHit, (hit) => {
        // The same fields in another order: the same type.
        expect(encodeHit(reversed(hit) as Hit)).toBe(encodeHit(hit))
      }),
    )
  })

  test('a field of a later version is left out, at every depth, and the hit is read', () => {
    fc.assert(
      fc.property(anyHit, (hit) => {
        const newer = {
          ...hit,
          SECRET: 1,
          report: { ...hit.report, SECRET: { more: 1 } },
          matches: hit.matches.map((match) => ({
            ...match,
            SECRET: [1],
            known: match.known.map((known) => ({ ...known, SECRET: 'x' })),
          })),
        }
        expect(decodeHit(Buffer.from(JSON.stringify(newer)))).toEqual(JSON.parse(JSON.stringify(hit)))
      }),
      { numRuns: 20 },
    )
  })

  test('a hit that is wrong besides is refused for what is wrong, not for the field of a later version', () => {
    fc.assert(
      fc.property(anyHit, (hit) => {
        const wrong = { ...hit, SECRET: 1, grade: 'certain' }
        expect(refusal(decodeHit(Buffer.from(JSON.stringify(wrong))))).toBe('malformed-value at /grade')
      }),
      { numRuns: 5 },
    )
  })
})

const keyOf = ({ type, distance, value, knownValue, orientation, reportDigest }: Match): string =>
  JSON.stringify([type, distance, value, knownValue, orientation ?? null, reportDigest])

const matchOf = (fields: Partial<Match>): Match => ({
  reportDigest: '0'.repeat(64),
  type: 'pdq',
  value: '0'.repeat(64),
  knownValue: '0'.repeat(64),
  distance: 2,
  threshold: 31,
  known: [],
  ...fields,
})

describe('the order of matches', () => {
  test('is total: antisymmetric, transitive, and equal only for one key', () => {
    fc.assert(
      fc.property(anyMatch, anyMatch, anyMatch, (a, b, c) => {
        expect(Math.sign(compareMatches(a, b))).toBe(Math.sign(compareMatches(b, a)) * -1 + 0)
        if (compareMatches(a, b) <= 0 && compareMatches(b, c) <= 0)
          expect(compareMatches(a, c)).toBeLessThanOrEqual(0)
        expect(compareMatches(a, b) === 0).toBe(keyOf(a) === keyOf(b))
      }),
      { numRuns: 2_000 },
    )
  })

  test('puts the stronger type first, then the nearer, then the lower value', () => {
    const inOrder = [
      matchOf({ type: 'sha256', distance: 0 }),
      matchOf({ type: 'sha1', distance: 0 }),
      matchOf({ type: 'md5', distance: 0 }),
      matchOf({ distance: 0 }),
      matchOf({}),
      matchOf({ orientation: 'mirrored-left-right' }),
      matchOf({ orientation: 'anti-transposed' }),
      matchOf({ knownValue: '1'.repeat(64) }),
      matchOf({ value: 'f'.repeat(64) }),
      matchOf({ distance: 10 }),
      matchOf({ type: 'blockhash', distance: 0 }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(inOrder, { minLength: inOrder.length }), (shuffled) => {
        expect([...shuffled].sort(compareMatches)).toEqual(inOrder)
      }),
    )
  })

  test('puts known entries by source, then by sourceId', () => {
    const inOrder = [
      { source: 'a', sourceId: 'x' },
      { source: 'a', sourceId: 'y' },
      { source: 'b', sourceId: 'a' },
    ]
    expect(inOrder.toReversed().sort(compareEntries)).toEqual(inOrder)
    expect(compareEntries(inOrder[0], { ...inOrder[0] })).toBe(0)
  })
})
