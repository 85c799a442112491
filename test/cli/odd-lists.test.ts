// Lists as an analyst gets them from elsewhere: each comes in as what it is, or the refusal says what to declare or do.
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { zipOf } from '../lists/input/zip-bytes.ts'
import { listFile } from '../lists/list-files.ts'
import { MemoryCommands } from './memory-commands.ts'

const MD5S = ['1d', '2e', '3f'].map((byte) => `0123456789ab${byte}`.padEnd(32, `d4${byte}9e`))
const [MD5] = MD5S
const SHA1 = '0123456789abcdef0123'.repeat(2)
const PDQ = 'fedcba9876543210'.repeat(4)

const said: string[] = []

beforeEach(() => {
  said.length = 0
  vi.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)))
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

const diff = async (list: string | Uint8Array, ...options: readonly string[]): Promise<unknown> =>
  (await MemoryCommands.make()).diff([listFile(list), ...options])

const vics = (path: string, ...media: readonly object[]): string =>
  JSON.stringify({
    '@odata.context': `http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/${path}$metadata#Media`,
    value: media,
  })
const utf16 = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text.replaceAll('\n', '\r\n'), 'utf16le')])

const ABROAD = vics('GB/', { MediaID: 1, Category: 1, MD5 })
const THREATEXCHANGE = [
  'signal_type,signal_str,collab,category,tags',
  `md5,${MD5},c,POSITIVE_CLASS,`,
  `md5,${MD5},d,NEGATIVE_CLASS,`,
  `video_md5,${MD5S[1]},c,INVESTIGATION_SEED,`,
  `pdq,${PDQ},c,WHAT,`,
  'raw_text,hello there,c,POSITIVE_CLASS,\n',
].join('\n')
const NSRL = `"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n"${SHA1}","${MD5}","CCCCCCCC","notepad.exe",1,2,"3",""\r\n`
const indicator = (id: number, types: readonly string[]): object => ({
  type: 'indicator',
  id: `indicator--${id}`,
  indicator_types: types,
  pattern: `[file:hashes.MD5 = '${MD5S[id]}']`,
  pattern_type: 'stix',
})
const STIX = JSON.stringify({
  type: 'bundle',
  id: 'bundle--1',
  objects: [indicator(0, ['benign']), indicator(1, ['malicious-activity'])],
})
const CUT = gzipSync(`md5 ${MD5}\n`).subarray(0, -8)

describe('what to declare or do is said of', () => {
  test.each<[string, string | Uint8Array, readonly string[], RegExp]>([
    ['VICS of another country', ABROAD, [], /declares the scheme "GB".*config\/schemes.*--scheme FILE/],
    [
      'VICS of another country as ours',
      ABROAD,
      ['--scheme', 'vics-us'],
      /"GB", and vics-us is for US.*--scheme FILE/,
    ],
    ['VICS without a country', vics('Default/', { MediaID: 1, Category: 1, MD5 }), [], /--scheme NAME\|FILE/],
    ['a CSV of ThreatExchange', THREATEXCHANGE, [], /--purpose csam\|self-submitted/],
    ['indicators of STIX', STIX, [], /--classification ncmec:A1.*harmless: --role suppress/],
    ['known-good files', NSRL, [], /--role suppress --classification nsrl:known/],
    [
      'known-good files without a class',
      NSRL,
      ['--role', 'suppress'],
      /example --classification nsrl:known$/,
    ],
    ['a packed list that is cut off', CUT, [], /damaged or cut off: get the whole file again/],
    ['JSON that is cut off', ABROAD.slice(0, -5), [], /cut off.*get the whole list again/],
    [
      'a table that Excel saved as UTF-16',
      utf16(`Hash\tKind\n${MD5}\tMD5\n`),
      [],
      /csv-mapping.schema.json.*--mapping FILE/,
    ],
    ['one column that Excel saved as UTF-16', utf16(`MD5\n${MD5}\n`), [], /`md5 0123…`.*--format lines/],
    [
      'a workbook',
      zipOf([
        { name: '[Content_Types].xml', content: '<x/>' },
        { name: 'xl/workbook.xml', content: '<x/>' },
      ]),
      [],
      /Excel workbook: save its table as CSV/,
    ],
    [
      'an older workbook',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      [],
      /older Excel or Word.*save its table as CSV/,
    ],
    ['a PDF', '%PDF-1.7\n', [], /a PDF.*ask its source for the list as text/],
    [
      'a page that asks to sign in',
      '<!DOCTYPE html><html></html>',
      [],
      /web page.*Get the list itself again/,
    ],
    [
      'JSON of another form',
      JSON.stringify({ hashes: [MD5] }),
      [],
      /--format ncmec\|.*as lines.*--mapping FILE/,
    ],
    ['md5sum with a broken line', `${MD5}  a\r\n${SHA1}  b\r\nabc  c\r\n`, [], /say --format md5sum/],
  ])('%s', async (_, list, options, expected) => {
    const error: unknown = await diff(list, ...options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: expect.any(String), message: expect.stringMatching(expected) })
    expect(String(error)).not.toMatch(/0123456789ab|notepad/i)
  })
})

const record = (signalType: string, hashValue: string, hashStatus: string): object => ({
  signalType,
  hashValue,
  hashStatus,
})

describe('a list comes in as what it is:', () => {
  test('a CSV of ThreatExchange without what is disputed and without text', async () => {
    expect(await diff(THREATEXCHANGE, '--purpose', 'terrorism')).toMatchObject({
      added: 1,
      skipped: {
        'content, which is never read': 1,
        'threatexchange DISPUTED: opinions differ': 1,
      },
      rejectedCount: 1,
    })
    expect(said).toEqual([
      expect.stringMatching(/:5: its code is none of the scheme threatexchange \(POSITIVE_CLASS,/),
    ])
  })

  test('STIX without its benign indicators', async () => {
    expect(await diff(STIX, '--classification', 'mine:1')).toMatchObject({
      accepted: { md5: 1 },
      skipped: { 'indicator of type benign': 1 },
    })
  })

  test('a page of StopNCII, of which an unknown status costs its record', async () => {
    const page = {
      count: 4,
      nextPageToken: null,
      hasMoreRecords: false,
      hashRecords: [
        record('ImagePDQ', PDQ, 'Active'),
        record('VideoMD5', MD5, 'Paused'),
        record('Text', 'hello', 'Active'),
        record('Anna Miller', MD5, 'Active'),
      ],
    }
    const summary = await diff(JSON.stringify(page))
    expect(summary).toMatchObject({ accepted: { pdq: 1 }, rejectedCount: 1 })
    expect(JSON.stringify(summary)).not.toMatch(/Anna|hello/)
    expect(said).toEqual([expect.stringMatching(/none of Active, Received, Withdrawn and Deleted/)])
  })

  test('md5sum with Windows line ends, and without the names of files', async () => {
    const summary = await diff(
      `${MD5}  IMG_2034 Anna.jpg\r\n${SHA1} *b.jpg\r\n`,
      '--classification',
      'mine:1',
    )
    expect(summary).toMatchObject({ format: 'md5sum', accepted: { md5: 1, sha1: 1 }, rejectedCount: 0 })
    expect(JSON.stringify(summary)).not.toContain('Anna')
  })

  test('known-good files as suppressions', async () => {
    const options = ['--role', 'suppress', '--classification', 'nsrl:known']
    expect(await diff(NSRL, ...options)).toMatchObject({ format: 'nsrl', accepted: { sha1: 1, md5: 1 } })
  })
})

const HEADER =
  'type,value,source_id,scheme,code,role,series,victim_identified,tags,added_at,valid_until,held,held_until'
const row = (value: string, code: string, role: string): string =>
  `md5,${value},${value},other,${code},${role},,,,2026-01-01T00:00:00.000Z,,,`
const own = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`

describe('our own CSV of a class that no scheme explains', () => {
  test('is refused with the words to say, and comes in with them', async () => {
    const list = own(row(MD5, 'X', 'match'))
    await expect(diff(list)).rejects.toThrow(/--scheme FILE.*--classification other:CODE/)
    expect(await diff(list, '--classification', 'other:X')).toMatchObject({ added: 1, rejectedCount: 0 })
  })

  test('is no other class because of them', async () => {
    const list = own(row(MD5, 'X', 'match'), row(MD5S[1], 'Y', 'match'))
    await expect(diff(list, '--classification', 'other:X')).rejects.toThrow(
      /line 3:.*"other", which is not known/,
    )
  })

  test('says how its suppressions come in', async () => {
    const list = own(row(MD5, 'X', 'suppress'), row(MD5S[1], 'X', 'nothing'))
    expect(await diff(list, '--classification', 'other:X')).toMatchObject({
      added: 0,
      skipped: { 'role suppress: import these with --role suppress': 1 },
      rejectedCount: 1,
    })
    expect(said).toEqual([expect.stringMatching(/:3: its role is none of match, suppress, canary/)])
    expect(await diff(list, '--classification', 'other:X', '--role', 'suppress')).toMatchObject({ added: 1 })
  })
})

test('a class that is given makes no match of a code that a known scheme calls harmless', async () => {
  const list = vics('US/', { MediaID: 1, Category: 0, MD5 })
  for (const name of ['US:0', 'vics-us:0'])
    expect(await diff(list, '--classification', name)).toMatchObject({
      added: 0,
      skipped: { 'vics-us 0: non-pertinent': 1 },
    })
})
