import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddedAtTimes, type PackedTime } from '../../../src/known/packed/added-at.ts'

/** Times as lists write them, and texts that are almost such times. */
const time = fc.oneof(
  fc.date({ min: new Date(0), max: new Date(2 ** 33 * 1000), noInvalidDate: true }).chain((date) => {
    const text = date.toISOString()
    const seconds = `${text.slice(0, 19)}Z`
    return fc.constantFrom(text, seconds, text.toLowerCase(), text.replace('Z', '+00:00'), `${seconds} `)
  }),
  fc.constantFrom(
    '2016-12-31T23:59:60Z',
    '2026-02-30T00:00:00Z',
    '2026-01-02T24:00:00Z',
    '1969-12-31T23:59:59Z',
    '2106-02-07T06:28:15.999Z',
    '2106-02-07T06:28:16Z',
    '2026-01-02 03:04:05Z',
    '',
  ),
  fc.string({ minLength: 20, maxLength: 24 }),
)

const copy = (packed: PackedTime): PackedTime => structuredClone(packed)

test('every time comes back in the very text that it came in, through saving and restoring', () => {
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), (texts) => {
      const times = new AddedAtTimes()
      const packed = texts.map((text) => copy(times.pack(text)))
      for (const { form, first, second } of packed) {
        expect([first >>> 0, second & 0x3ff, form & 3]).toEqual([first, second, form])
      }
      const restored = new AddedAtTimes()
      restored.restore(structuredClone([...times.saved()]))
      expect(packed.map((one) => times.text(one))).toEqual(texts)
      expect(packed.map((one) => restored.text(one))).toEqual(texts)
    }),
  )
})

test('a text is kept while one of its holders is left', () => {
  const times = new AddedAtTimes()
  const packed = times.pack('yesterday')
  times.pack('yesterday')
  times.release(packed)
  expect(times.text(packed)).toBe('yesterday')
  times.release(packed)
  expect([...times.saved()]).toEqual([])
})

test('a common time takes no memory of its own', () => {
  const times = new AddedAtTimes()
  times.pack('2026-01-02T03:04:05Z')
  times.pack('2026-01-02T03:04:05.678Z')
  expect([...times.saved()]).toEqual([])
})
