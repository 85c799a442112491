import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeKnownHash, type Entry } from '../../../src/contract/known-hash.ts'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import { EntryText } from '../../../src/lists/import/entry-text.ts'
import type { Provenance } from '../../../src/lists/import/terms.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const provenance = fc.record(
  {
    schema: fc.constant('known-hash/1' as const),
    source: fc.constantFrom('ncmec', 'iwf-2'),
    sourceId: text,
    classification: fc.record({ scheme: fc.constantFrom('a', 'vics-us'), code: fc.constantFrom('1', 'A B') }),
    role: fc.constantFrom('match' as const, 'suppress' as const),
    purpose: fc.constantFrom('csam' as const, 'ncii' as const),
    handling: fc.record({
      audience: fc.constantFrom('members' as const, 'this-deployment' as const),
      onward: fc.constantFrom('none' as const, 'same-audience' as const),
    }),
    series: text,
    victimIdentified: fc.boolean(),
    tags: fc.array(text, { minLength: 1, maxLength: 3 }),
    validUntil: fc.constant('2027-01-01T00:00:00Z'),
  },
  {
    requiredKeys: ['schema', 'source', 'sourceId', 'classification', 'role', 'purpose', 'handling'],
  },
)
const own = fc.record({
  addedAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z'),
  type: fc.constant('md5' as const),
  value: fc.constant(parseHashValue('md5', 'a1'.repeat(16)) as HashValue),
  held: fc.constantFrom(
    undefined,
    { why: 'degenerate' as const },
    {
      why: 'disabled' as const,
      until: '2026-12-01T00:00:00Z',
    },
  ),
})

test('an entry is encoded as the contract encodes it, whatever fields it has', () => {
  fc.assert(
    fc.property(provenance, own, (shared, { held, ...rest }) => {
      // fast-check leaves fields out; it doesn't set them to undefined.
      const entry = { ...shared, ...rest, ...(held ? { held } : {}) } as Entry
      expect(new EntryText(shared as Provenance).of({ ...rest, held })).toBe(encodeKnownHash(entry))
    }),
  )
})
