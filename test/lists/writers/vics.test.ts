// What is exported to VICS comes back in as what it was.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEntry, type Entry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { vicsText } from '../../../src/lists/writers/vics.ts'
import { readVics } from '../../../src/lists/formats/vics.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf, MadeUp } from '../formats/made-up.ts'

const ADDED = '2026-01-02T03:04:05.000Z'

function entryOf(fields: object): Entry {
  const entry = checkEntry({
    schema: 'known-hash/1',
    source: 'made-up',
    classification: { scheme: 'vics-us', code: '1' },
    role: 'match',
    purpose: 'csam',
    handling: { audience: 'this-deployment', onward: 'none' },
    addedAt: ADDED,
    ...fields,
  })
  if (entry instanceof Rejection) throw new TypeError(entry.toString())
  return entry
}

/** The entries that an import makes of a document's items: the fields that the format holds. */
const entriesOf = (items: readonly ListItem[]): readonly Entry[] =>
  items.flatMap((item) =>
    item.kind !== 'file'
      ? []
      : item.hashes.map((hash) =>
          entryOf({
            ...hash,
            sourceId: item.sourceId,
            classification: { scheme: 'vics-us', code: item.code ?? 'none' },
            addedAt: item.changedAt,
            ...(item.series !== undefined && { series: item.series }),
            ...(item.victimIdentified !== undefined && { victimIdentified: item.victimIdentified }),
            ...(item.tags !== undefined && { tags: item.tags }),
          }),
        ),
  )

const exported = (entries: readonly Entry[]): string => [...vicsText(entries, 'US')].join('')
const byKey = (entries: readonly Entry[]): readonly string[] =>
  entries.map((entry) => JSON.stringify(entry, Object.keys(entry).sort())).sort()

const made = new MadeUp(24)
const hash = fc.constantFrom(
  ...(['md5', 'sha1', 'sha256', 'pdq', 'photodna'] as const).flatMap((type) =>
    [1, 2, 3].map(() => ({ type, value: made[type]() })),
  ),
  { type: 'zz40', value: made.hex(32) },
  { type: 'tmk-pdqf', value: 'VE1L+/8=' },
)
/** Texts as entries hold them: in one line, without space around. */
const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.replaceAll(/[\p{C};]/gu, '').trim())
  .filter((text) => text !== '' && text.isWellFormed() && text.length <= 64)
const file = fc.record({
  sourceId: fc.oneof(
    fc.integer().map(String),
    fc.constantFrom('0012', '12', '9007199254740993', '1#2', '1.0', '-0', 'a:b%c', '1e3'),
    word.filter((text) => Buffer.byteLength(text) <= 64),
  ),
  code: fc.constantFrom('0', '1', '2', '3', '01', 'A 1', 'x.y'),
  series: fc.option(word, { nil: undefined }),
  victimIdentified: fc.option(fc.boolean(), { nil: undefined }),
  tags: fc.option(fc.uniqueArray(word, { minLength: 1, maxLength: 16 }), { nil: undefined }),
  hashes: fc.uniqueArray(hash, { minLength: 1, maxLength: 6, selector: ({ type, value }) => type + value }),
})

describe('an export to VICS', () => {
  test('comes back in as the entries that it was made of, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, { maxLength: 8, selector: ({ sourceId }) => sourceId }),
        fc.infiniteStream(fc.nat()),
        async (files, order) => {
          const entries = files
            .flatMap(({ hashes, code, sourceId, ...rest }) =>
              hashes.map((each) =>
                entryOf({
                  ...each,
                  sourceId,
                  classification: { scheme: 'vics-us', code },
                  ...JSON.parse(JSON.stringify(rest)),
                }),
              ),
            )
            .map((entry) => [order.next().value, entry] as const)
            .sort(([a], [b]) => Number(a) - Number(b))
            .map(([, entry]) => entry)
          const items = await itemsOf(readVics, exported(entries))
          expect(items.filter(({ kind }) => kind === 'refused')).toEqual([])
          expect(byKey(entriesOf(items))).toEqual(byKey(entries))
        },
      ),
    )
  })

  test('of an export that came in is the same text', async () => {
    const text = exported([
      entryOf({ type: 'md5', value: made.md5(), sourceId: '7', series: 'Made up', tags: ['a, b'] }),
      entryOf({ type: 'sha1', value: made.sha1(), sourceId: '7', series: 'Made up', tags: ['a, b'] }),
      entryOf({ type: 'photodna', value: made.photodna(), sourceId: '0012', victimIdentified: false }),
    ])
    expect(exported(entriesOf(await itemsOf(readVics, text)))).toBe(text)
  })

  test('has one record a file, as other tools read it', () => {
    const [md5, photodna] = [made.md5(), made.photodna()]
    const entries = [
      entryOf({ type: 'photodna', value: photodna, sourceId: '7' }),
      entryOf({ type: 'md5', value: made.md5(), sourceId: '8', classification: { scheme: 'x', code: 'A1' } }),
      entryOf({ type: 'md5', value: md5, sourceId: '7' }),
    ]
    const document: unknown = JSON.parse(exported(entries))
    expect(document).toMatchObject({
      '@odata.context': 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media',
      value: [
        {
          MediaID: 7,
          Category: 1,
          MD5: md5.toUpperCase(),
          SHA1: null,
          AlternativeHashes: [
            { HashName: 'PhotoDNA', HashValue: Buffer.from(photodna, 'hex').toString('base64') },
          ],
        },
        { MediaID: 8, Category: 'A1' },
      ],
    })
  })

  test('leaves out entries that are held back, and canaries: the format can not say what they are', async () => {
    const entries = [
      entryOf({ type: 'md5', value: made.md5(), sourceId: '1', held: { why: 'disabled' } }),
      entryOf({ type: 'md5', value: made.md5(), sourceId: '2', role: 'canary' }),
      entryOf({ type: 'md5', value: made.md5(), sourceId: '3' }),
    ]
    expect(await itemsOf(readVics, exported(entries))).toMatchObject([
      { kind: 'scheme' },
      { kind: 'file', sourceId: '3' },
    ])
  })

  test('of no entries is an empty list', async () => {
    expect(await itemsOf(readVics, exported([]))).toEqual([
      { kind: 'scheme', place: 'the context', scheme: 'US' },
    ])
  })

  test('refuses a scheme that its context can not name', () => {
    expect(() => [...vicsText([], 'a/b')]).toThrow(/scheme/)
  })
})
