import { describe, expect, test } from 'vitest'
import { readLines } from '../../../src/lists/formats/lines.ts'
import { readMd5sum } from '../../../src/lists/formats/md5sum.ts'
import { readNsrl } from '../../../src/lists/formats/nsrl.ts'
import { readThreatExchangeCsv } from '../../../src/lists/formats/threatexchange-csv.ts'
import { itemsOf } from './made-up.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const SHA1 = '0123456789abcdef0123'.repeat(2)
const SHA256 = '0123456789abcdef'.repeat(4)
const PDQ = 'fedcba9876543210'.repeat(4)
const PHOTODNA = Buffer.alloc(144, 'photo')

describe('a list of lines', () => {
  test.each([
    ['video_md5', 'md5', MD5],
    ['VideoMD5', 'md5', MD5],
    ['SHA-1', 'sha1', SHA1],
    ['pdq', 'pdq', PDQ],
    ['photodna', 'photodna', PHOTODNA.toString('hex')],
    ['vpdq', 'vpdq', 'abc'],
    ['tmk', 'tmk-pdqf', 'abc'],
  ])('may call a type %s', async (name, type, value) => {
    expect(await itemsOf(readLines, `${name} ${value}`)).toMatchObject([{ hashes: [{ type, value }] }])
  })

  test('may have PhotoDNA in base64, which stays one word', async () => {
    expect(await itemsOf(readLines, `photodna ${PHOTODNA.toString('base64')} id-1`)).toMatchObject([
      { sourceId: 'id-1', hashes: [{ type: 'photodna', value: PHOTODNA.toString('hex') }] },
    ])
  })

  test('without an id has the digest of a value as id where the value is too long for one', async () => {
    expect(await itemsOf(readLines, `photodna ${PHOTODNA.toString('hex')}`)).toMatchObject([
      { isBare: true, sourceId: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  })

  test.each(['raw_text some words of a person', 'url https://example.org/secret', 'TEXT x'])(
    'has content in it that is passed over, and not kept: %s',
    async (line) => {
      expect(await itemsOf(readLines, `${line}\nmd5 ${MD5}`)).toEqual([
        { kind: 'passed-over', place: 'line 1', why: 'content, which is never read' },
        expect.objectContaining({ place: 'line 2' }),
      ])
    },
  )
})

const file = (type: string, value: string): object => ({
  kind: 'file',
  place: 'line 1',
  sourceId: value,
  isBare: true,
  hashes: [{ type, value }],
})

describe("md5sum's output", () => {
  test.each<[string, string, object]>([
    ['text mode', `${MD5}  secret name`, file('md5', MD5)],
    ['binary mode', `${MD5} *secret name`, file('md5', MD5)],
    ['an escaped name', `\\${MD5}  secret\\nname`, file('md5', MD5)],
    ['an escaped name in binary mode', `\\${MD5} *secret\\nname`, file('md5', MD5)],
    ["BSD's form", `MD5 (secret name) = ${MD5}`, file('md5', MD5)],
    ["BSD's form of a name with brackets", `MD5 (secret) = (name) = x) = ${MD5}`, file('md5', MD5)],
    ["BSD's form of an escaped name", String.raw`\SHA256 (secret\n) = ${SHA256}`, file('sha256', SHA256)],
    ['sha1sum', `${SHA1}  secret`, file('sha1', SHA1)],
    ['sha256sum', `${SHA256}  secret`, file('sha256', SHA256)],
    ['sha512sum', `${'a1'.repeat(64)}  secret`, { hashes: [{ type: 'sha512' }] }],
    ['upper case', `${MD5.toUpperCase()}  secret`, file('md5', MD5)],
    ['a name of spaces', `${MD5}    `, file('md5', MD5)],
    ['a name that begins like a comment', `${MD5}  # secret`, file('md5', MD5)],
  ])('is read in %s, and the name is dropped', async (_, line, expected) => {
    const items = await itemsOf(readMd5sum, `${line}\n`)
    expect(items).toMatchObject([expected])
    expect(JSON.stringify(items)).not.toContain('secret')
  })

  test('may name files in bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(`${MD5}  `), Buffer.from([0xff, 0xfe, 0x0a])])
    expect(await itemsOf(readMd5sum, bytes)).toMatchObject([file('md5', MD5)])
  })

  test('may have comments and blank lines', async () => {
    expect(await itemsOf(readMd5sum, `# x\n\n${MD5}  a\n`)).toMatchObject([{ place: 'line 3' }])
  })

  test.each<[string, string, RegExp]>([
    ['a hash alone', MD5, /no line of md5sum/],
    ['one space', `${MD5} name`, /no line of md5sum/],
    ['other digits', `${MD5}ab  name`, /digits of MD5, SHA-1/],
    ['the wrong digits for its word', `MD5 (name) = ${SHA1}`, /digits of its type/],
    ['a warning', 'md5sum: secret: No such file', /no line of md5sum/],
  ])('has a bad line of %s', async (_, line, reason) => {
    const items = await itemsOf(readMd5sum, `${line}\n${MD5}  a\n`)
    expect(items).toMatchObject([
      { kind: 'refused', place: 'line 1', reason: expect.stringMatching(reason) },
      { kind: 'file', place: 'line 2' },
    ])
    expect(JSON.stringify(items[0])).not.toMatch(/secret|0123456789/)
  })

  test('by another tool is passed over and counted', async () => {
    expect(await itemsOf(readMd5sum, `BLAKE2b (name) = ${SHA256}\n`)).toMatchObject([
      { kind: 'passed-over', why: 'type BLAKE2b' },
    ])
  })
})

describe('the CSV of ThreatExchange', () => {
  const HEADER = 'signal_type,signal_str,collab,category,tags\n'

  test.each(['POSITIVE_CLASS', 'INVESTIGATION_SEED', 'NEGATIVE_CLASS', 'DISPUTED'])(
    'gives each value with its opinion as class: %s',
    async (category) => {
      expect(
        await itemsOf(readThreatExchangeCsv, `${HEADER}pdq,${PDQ},A collab,${category},"one two"\n`),
      ).toEqual([
        {
          kind: 'file',
          place: 'line 2',
          sourceId: PDQ,
          isBare: true,
          hashes: [{ type: 'pdq', value: PDQ }],
          code: category,
          tags: ['one', 'two'],
        },
      ])
    },
  )

  test.each<[string, readonly string[], string]>([
    ['a yes and a no are disputed', ['POSITIVE_CLASS', 'NEGATIVE_CLASS'], 'DISPUTED'],
    ['a seed and a no are disputed', ['INVESTIGATION_SEED', 'NEGATIVE_CLASS'], 'DISPUTED'],
    ['a yes and a dispute are disputed', ['POSITIVE_CLASS', 'DISPUTED'], 'DISPUTED'],
    ['a yes and a seed are a yes', ['POSITIVE_CLASS', 'INVESTIGATION_SEED'], 'POSITIVE_CLASS'],
    ['one that is not known stands, for the scheme to refuse', ['POSITIVE_CLASS', 'NEW'], 'NEW'],
  ])('of several collaborations %s, in any order', async (_, categories, code) => {
    for (const order of [categories, categories.toReversed()]) {
      const rows = order.map((category, at) => `pdq,${PDQ},c${at},${category},t${at}\n`)
      expect(await itemsOf(readThreatExchangeCsv, HEADER + rows.join(''))).toMatchObject([
        { kind: 'file', sourceId: PDQ, code, tags: ['t0', 't1'] },
      ])
    }
  })

  test('makes no match of a value with an opinion that can’t be read beside a yes', async () => {
    const rows = ['POSITIVE_CLASS', '?!'].map((category) => `pdq,${PDQ},c,${category},\n`)
    for (const order of [rows, rows.toReversed()])
      expect(await itemsOf(readThreatExchangeCsv, HEADER + order.join(''))).toMatchObject([
        { kind: 'refused', sourceId: PDQ },
      ])
  })

  test.each(['raw_text', 'url', 'trend_query'])('passes %s over: it is content', async (type) => {
    const items = await itemsOf(readThreatExchangeCsv, `${HEADER}${type},"secret, words",c,POSITIVE_CLASS,\n`)
    expect(items).toEqual([{ kind: 'passed-over', place: 'line 2', why: 'content, which is never read' }])
  })

  test.each<[string, object]>([
    [`video_md5,${MD5},c,POSITIVE_CLASS,`, { kind: 'file', hashes: [{ type: 'md5', value: MD5 }] }],
    ['newtype,abc,c,POSITIVE_CLASS,', { kind: 'passed-over', why: 'type of another name' }],
    ['pdq,,c,POSITIVE_CLASS,', { kind: 'passed-over' }],
    [`pdq,${MD5},c,POSITIVE_CLASS,`, { kind: 'refused', reason: expect.stringMatching(/64 hex/) }],
    [
      `pdq,${PDQ},c,POSITIVE_CLASS`,
      { kind: 'refused', reason: expect.stringMatching(/4 cells in place of 5/) },
    ],
    [`pdq,${PDQ},c,?!,`, { kind: 'refused', reason: expect.stringMatching(/category/) }],
  ])('reads %s', async (line, expected) => {
    expect(await itemsOf(readThreatExchangeCsv, `${HEADER}${line}\n`)).toMatchObject([expected])
  })

  test('finds its columns by name, and needs three of them', async () => {
    expect(
      await itemsOf(readThreatExchangeCsv, `category,signal_str,signal_type\nPOSITIVE_CLASS,${PDQ},pdq\n`),
    ).toMatchObject([{ code: 'POSITIVE_CLASS', hashes: [{ type: 'pdq', value: PDQ }] }])
    await expect(itemsOf(readThreatExchangeCsv, `signal_type,signal_str\npdq,${PDQ}\n`)).rejects.toThrow(
      /no export of ThreatExchange/,
    )
  })
})

const upper = (text: string): string => text.toUpperCase()

describe('NSRL RDS 2', () => {
  const HEADER = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\n'

  test('gives SHA-1 and MD5 of each row, with names in Latin-1 and quotes that are not escaped', async () => {
    const rows = Buffer.concat([
      Buffer.from(`${HEADER}"${upper(SHA1)}","${upper(MD5)}","AA","`),
      Buffer.from([0xe9, 0x22, 0x78, 0x22, 0x2c]),
      Buffer.from(`","1",1,"WIN",""\n"${upper(SHA1)}","${upper(MD5)}","AA","b","1",1,"WIN",""\n"x"\n`),
    ])
    const good = {
      kind: 'file',
      sourceId: SHA1,
      isBare: true,
      hashes: [
        { type: 'sha1', value: SHA1 },
        { type: 'md5', value: MD5 },
      ],
    }
    expect(await itemsOf(readNsrl, rows)).toMatchObject([good, good, { kind: 'refused', place: 'line 4' }])
  })

  test('is refused with another header', async () => {
    await expect(itemsOf(readNsrl, `"MD5","SHA-1"\n`)).rejects.toThrow(
      /RDS 2 file of NSRL.*RDS 3 is a database/,
    )
  })
})
