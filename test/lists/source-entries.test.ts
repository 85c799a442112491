import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KnownHashKey } from '../../src/contract/known-hash.ts'
import { SourceEntries } from '../../src/lists/source-entries.ts'

// Texts stand for keys and bytes: they are only digested.
const key = fc.integer({ min: 0, max: 20 }).map((number) => `md5:${number}:a:b` as KnownHashKey)
const time = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z', '2026-02-02T00:00:00.5Z')
const step = fc.oneof(
  fc.record({ key, time, bytes: fc.constantFrom('{}', '{"a":1}', '') }),
  fc.record({ key, removed: fc.constant(true) }),
)

test('holds what a plain map of the entries holds, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const entries = new SourceEntries()
      const model = new Map<KnownHashKey, { readonly time: string; readonly bytes: string }>()
      for (const change of steps) {
        if ('removed' in change) {
          entries.delete(change.key)
          model.delete(change.key)
        } else {
          entries.set(change.key, change.time, change.bytes)
          model.set(change.key, change)
        }
        expect(entries.size).toBe(model.size)
        for (let number = 0; number <= 20; number++) {
          const asked = `md5:${number}:a:b` as KnownHashKey
          const id = entries.find(asked)
          const expected = model.get(asked)
          expect(id === undefined).toBe(expected === undefined)
          if (id === undefined || !expected) continue
          expect(entries.addedAt(id)).toBe(expected.time)
          for (const bytes of ['{}', '{"a":1}', ''])
            expect(entries.isSame(id, bytes)).toBe(bytes === expected.bytes)
        }
      }
    }),
  )
})
