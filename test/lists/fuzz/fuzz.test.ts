// A short fuzzing of each parser, the same texts each time; `npm run fuzz` takes as long as it is asked to.
import { describe, expect, test } from 'vitest'
import { DamagedListError } from '../../../src/lists/list-item.ts'
import { FUZZED } from './formats.ts'
import { fuzzOnce, textOf, type FuzzedFormat } from './fuzz.ts'

const TEXTS = 150

describe.each(Object.keys(FUZZED))('the parser of %s', (name) => {
  const format = FUZZED[name]

  test('reads its corpus', async () => {
    for (const text of format.corpus) {
      const items = (
        await Array.fromAsync(
          format.read(
            (async function* () {
              yield text
            })(),
          ),
        )
      ).flat()
      expect(items.some(({ kind }) => kind === 'file')).toBe(true)
    }
  })

  test(`makes items or a DamagedListError of ${TEXTS} texts that were changed by chance, and quotes none`, async () => {
    const counts = { accepted: 0, damaged: 0, items: 0 }
    for (let number = 0; number < TEXTS; number++) await fuzzOnce(format, 17, number, counts)
    expect(counts.accepted).toBeGreaterThan(0)
    if (!format.isByLine) expect(counts.damaged).toBeGreaterThan(0)
    expect(counts.items).toBeGreaterThan(0)
  })
})

describe('the fuzzer', () => {
  const corpus = [Buffer.from('0123456789abcdef0123456789abcdef')]
  const format = (read: FuzzedFormat['read']): FuzzedFormat => ({ read, corpus, tokens: ['x'] })
  const fuzz = (read: FuzzedFormat['read']): Promise<void> =>
    fuzzOnce(format(read), 1, 0, { accepted: 0, damaged: 0, items: 0 })

  test('makes the same text of a seed and a number each time', () => {
    expect(textOf(FUZZED['vics'], 3, 7)).toEqual(textOf(FUZZED['vics'], 3, 7))
    expect(textOf(FUZZED['vics'], 3, 7)).not.toEqual(textOf(FUZZED['vics'], 3, 8))
  })

  test('finds an error of another kind, one that quotes, and a file that breaks the contract', async () => {
    await expect(
      fuzz(async function* () {
        yield []
        throw new RangeError('x')
      }),
    ).rejects.toThrow('no DamagedListError')
    await expect(
      fuzz(async function* (text) {
        yield []
        for await (const piece of text)
          throw new DamagedListError(`found ${piece.toString('latin1')}${corpus[0].toString()}`)
      }),
    ).rejects.toThrow('quotes')
    await expect(
      fuzz(async function* () {
        yield [{ kind: 'file', place: 'record 1', sourceId: 'a\u0000', hashes: [] }]
      }),
    ).rejects.toThrow('id')
  })
})
