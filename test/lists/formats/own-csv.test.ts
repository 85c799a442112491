import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEntry, type Entry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { EntryFormat } from '../../../src/lists/formats/entry-format.ts'
import { PLAIN_LINES, readLines } from '../../../src/lists/formats/lines.ts'
import { OWN_CSV, readOwnCsv, recogniseOwnCsv } from '../../../src/lists/formats/own-csv.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf } from './made-up.ts'

const MD5 = '0123456789abcdef'.repeat(2)

const ENTRY: Entry = checked({
  schema: 'known-hash/1',
  type: 'md5',
  value: MD5,
  source: 'a-list',
  sourceId: 'id-1',
  classification: { scheme: 'ncmec', code: 'A1' },
  role: 'match',
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: '2026-01-10T08:00:00.000Z',
})

function checked(value: unknown): Entry {
  const entry = checkEntry(value)
  if (entry instanceof Rejection) throw new Error(entry.toString())
  return entry
}

const written = ({ begin, entry, end }: EntryFormat, entries: readonly Entry[]): string =>
  begin + entries.map((one) => entry(one) ?? '').join('') + end

/** The entry that an import would make of an item: with the fields that a list doesn't have taken from `like`. */
function entryOf(item: ListItem, like: Entry): Entry {
  if (item.kind !== 'file') throw new Error(`${item.kind} at ${item.place}`)
  const { sourceId, hashes, code, scheme, series, victimIdentified, tags, changedAt, validUntil, disabled } =
    item
  const [{ type, value }] = hashes
  return checked({
    schema: 'known-hash/1',
    type,
    value,
    source: like.source,
    sourceId,
    classification: { scheme, code },
    role: like.role,
    purpose: like.purpose,
    handling: like.handling,
    addedAt: changedAt,
    ...(series === undefined ? {} : { series }),
    ...(victimIdentified === undefined ? {} : { victimIdentified }),
    ...(tags === undefined ? {} : { tags }),
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(disabled ? { held: { why: 'disabled', ...disabled } } : {}),
  })
}

/** Texts that an entry can hold, with all that means something in CSV. A reader trims what surrounds them. */
const shortText = fc
  .string({ unit: fc.constantFrom(...Array.from('ab=+-@\'",;\\ |é€1')), minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() === text)
const sourceId = fc.oneof(fc.constant(MD5), shortText)
const time = fc.constantFrom('2026-01-10T08:00:00.000Z', '1999-12-31T23:59:59.123Z')
const hash = fc.constantFrom(
  { type: 'md5', value: MD5 },
  { type: 'pdq', value: 'fedcba9876543210'.repeat(4) },
  { type: 'photodna', value: '0123'.repeat(72) },
  { type: 'vpdq', value: '-_+/=' },
)
const entry = fc
  .record(
    {
      hash,
      sourceId,
      code: fc.constantFrom('A1', '1', 'not 1'),
      addedAt: time,
      series: shortText,
      victimIdentified: fc.boolean(),
      tags: fc.uniqueArray(shortText, { minLength: 1, maxLength: 16 }),
      validUntil: time,
      held: fc.constantFrom({ why: 'disabled' }, { why: 'disabled', until: '2027-01-01T00:00:00.000Z' }),
    },
    { requiredKeys: ['hash', 'sourceId', 'code', 'addedAt'] },
  )
  .map(({ hash: { type, value }, code, ...fields }) =>
    checked({ ...ENTRY, type, value, classification: { scheme: 'ncmec', code }, ...fields }),
  )

describe("hashwarden's own CSV", () => {
  test('reads back as it was written, whatever an entry holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
        const text = written(OWN_CSV, entries)
        expect(recogniseOwnCsv(text)).toBe(true)
        const items = await itemsOf((bytes) => readOwnCsv(bytes), text)
        const again = items.map((item, at) => entryOf(item, entries[at]))
        expect(again).toEqual(entries)
        expect(written(OWN_CSV, again)).toBe(text)
      }),
      { numRuns: 100 },
    )
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', "'=1", "'"])(
    'has no cell that a spreadsheet computes: %s',
    async (series) => {
      const text = written(OWN_CSV, [{ ...ENTRY, series }])
      expect(text).toContain(`,'${series},`)
      expect(await itemsOf((bytes) => readOwnCsv(bytes), text)).toMatchObject([{ series }])
    },
  )

  test('keeps roles apart: what is suppressed never comes in as a match, nor the other way round', async () => {
    const text = written(OWN_CSV, [ENTRY, { ...ENTRY, role: 'suppress', sourceId: 'id-2' }])
    expect(await itemsOf((bytes) => readOwnCsv(bytes), text)).toMatchObject([
      { sourceId: 'id-1' },
      { kind: 'passed-over', why: 'role suppress: import these with --role suppress' },
    ])
    expect(await itemsOf((bytes) => readOwnCsv(bytes, 'suppress'), text)).toMatchObject([
      { kind: 'passed-over' },
      { sourceId: 'id-2' },
    ])
  })

  test('names entries of every role where they are to be removed', async () => {
    const roles = ['match', 'suppress', 'canary'] as const
    const text = written(
      OWN_CSV,
      roles.map((role) => ({ ...ENTRY, role, sourceId: role })),
    )
    const items = await itemsOf((bytes) => readOwnCsv(bytes, 'any'), text)
    expect(items).toMatchObject(roles.map((role) => ({ kind: 'file', sourceId: role })))
  })

  test('brings in as switched off what was held back by a person or an import', async () => {
    const text = written(OWN_CSV, [{ ...ENTRY, held: { why: 'quarantined' } }])
    expect(await itemsOf((bytes) => readOwnCsv(bytes), text)).toMatchObject([{ disabled: {} }])
  })

  test.each<[string, string]>([
    ['an id of another encoding', `md5,${MD5},a\uFFFDb,s,1,match,,,,,,,`],
    ['a code that can be none', `md5,${MD5},a,s,1?,match,,,,,,,`],
    ['a scheme that can be none', `md5,${MD5},a,s?,1,match,,,,,,,`],
    ['a value that is none', 'md5,abc,a,s,1,match,,,,,,,'],
    ['a reason to hold it back that is not known', `md5,${MD5},a,s,1,match,,,,,,Disabled,`],
    ['an end that is no time', `md5,${MD5},a,s,1,match,,,,,soon,,`],
    ['a cell too few', `md5,${MD5},a,s,1,match`],
  ])('refuses a row with %s', async (_, row) => {
    expect(await itemsOf((bytes) => readOwnCsv(bytes), `${OWN_CSV.begin}${row}\n`)).toMatchObject([
      { kind: 'refused', place: 'line 2' },
    ])
  })

  test('is refused with another header', async () => {
    await expect(itemsOf((bytes) => readOwnCsv(bytes), 'type,value\n')).rejects.toThrow(
      /no column source_id.*--mapping/,
    )
  })
})

describe('plain lines', () => {
  test('read back with the ids and values that they can hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
        const lines = entries.flatMap((one) => PLAIN_LINES.entry(one) ?? [])
        const held = entries.filter((one) => PLAIN_LINES.entry(one) !== undefined)
        const items = await itemsOf(readLines, lines.join(''))
        expect(items).toMatchObject(
          held.map(({ type, value, sourceId: id }) => ({ sourceId: id, hashes: [{ type, value }] })),
        )
      }),
      { numRuns: 100 },
    )
  })

  test.each<[string, Partial<Entry>]>([
    ['suppressed', { role: 'suppress' }],
    ['a canary', { role: 'canary' }],
    ['held back', { held: { why: 'disabled' } }],
    ['of an id with white space', { sourceId: 'a b' }],
  ])('leave out an entry that is %s: the next reader would take it for something else', (_, fields) => {
    expect(PLAIN_LINES.entry(ENTRY)).toBe(`md5 ${MD5} id-1\n`)
    expect(PLAIN_LINES.entry(checked({ ...ENTRY, ...fields }))).toBeUndefined()
  })
})
