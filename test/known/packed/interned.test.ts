import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Interned } from '../../../src/known/packed/interned.ts'

/** Holders of values: each takes a key, and some release what they have taken. */
const steps = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', ''), releases: fc.option(fc.nat()) }),
  { maxLength: 80 },
)

const valueOf = (key: string): { readonly key: string } => ({ key })

test('a holder finds its value under its number until it releases it, through saving and restoring', () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (all, savedAfter) => {
      let interned = new Interned<{ readonly key: string }>()
      const held: { readonly key: string; readonly number: number }[] = []
      for (const [n, { key, releases }] of all.entries()) {
        if (n === savedAfter) {
          const restored = new Interned<{ readonly key: string }>()
          restored.restore(structuredClone([...interned.saved()]), (value) => value.key)
          interned = restored
        }
        if (releases === null || held.length === 0)
          held.push({ key, number: interned.take(key, () => valueOf(key)) })
        else interned.release(held.splice(releases % held.length, 1)[0].number)
        for (const holder of held) expect(interned.at(holder.number).key).toBe(holder.key)
        expect(interned.size).toBe(new Set(held.map((holder) => holder.key)).size)
      }
    }),
  )
})

test('a value is made once while it is held, and its number serves another one after the last release', () => {
  const interned = new Interned<object>()
  let made = 0
  const make = (): object => ({ number: ++made })
  const first = interned.take('a', make)
  expect(interned.take('a', make)).toBe(first)
  interned.release(first)
  expect([interned.size, made]).toEqual([1, 1])
  interned.release(first)
  expect(() => interned.at(first)).toThrow(`Nothing is kept under the number ${first}`)
  expect(interned.take('b', make)).toBe(first)
  expect(interned.at(first)).toEqual({ number: 2 })
})
