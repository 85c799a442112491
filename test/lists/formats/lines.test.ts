import { describe, expect, test } from 'vitest'
import { readLines } from '../../../src/lists/formats/lines.ts'
import { TextInput } from '../../../src/lists/input/text-input.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { listFile } from '../list-files.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const PDQ = '0123456789abcdef'.repeat(4)
const OTHER_PDQ = 'fedcba9876543210'.repeat(4)

/** What each line gives: a hash with the id of its file, or why it gives none. */
async function read(content: string | Uint8Array): Promise<readonly object[]> {
  const batches = await Array.fromAsync(readLines(new TextInput(listFile(content))))
  return batches.flat().map(entryOf)
}

function entryOf(item: ListItem): object {
  const line = Number(/^line (\d+)$/.exec(item.place)?.[1])
  if (item.kind === 'refused') return { line, problem: item.reason }
  if (item.kind !== 'file') return { line, kind: item.kind }
  const { sourceId, isBare, hashes } = item
  const [{ type, value }] = hashes
  return { type, value, sourceId, ...(isBare && { isBare }), line }
}

describe('a plain list', () => {
  test('has an entry a line: type, value, and if it likes an id', async () => {
    expect(await read(`md5 ${MD5}\npdq ${PDQ} file-7\n`)).toEqual([
      { type: 'md5', value: MD5, sourceId: MD5, isBare: true, line: 1 },
      { type: 'pdq', value: PDQ, sourceId: 'file-7', line: 2 },
    ])
  })

  test.each<[string, string]>([
    ['a byte order mark', `\uFEFFmd5 ${MD5}`],
    ['a byte order mark before a comment', `\uFEFF# from a list\nmd5 ${MD5}`],
    ['line ends of Windows', `md5 ${MD5}\r\n\r\n`],
    ['comments and blank lines', `# md5 ${MD5.replace('0', '1')}\n\n   \n  # x\nmd5 ${MD5}\n`],
    ['a value in upper case', `md5 ${MD5.toUpperCase()}`],
    ['a type in upper case', `MD5 ${MD5}`],
    ['tabs and spaces around', `  md5\t \t${MD5}  `],
    ['no line end at its end', `md5 ${MD5}`],
  ])('is read with %s', async (_, content) => {
    expect(await read(content)).toMatchObject([{ type: 'md5', value: MD5, sourceId: MD5 }])
  })

  test.each(['sha256', 'SHA-256', 'sha_256', 'Sha256'])('may call a type %s', async (name) => {
    expect(await read(`${name} ${PDQ}`)).toMatchObject([{ type: 'sha256', value: PDQ }])
  })

  const hashes = [
    { type: 'sha256', value: PDQ },
    { type: 'md5', value: MD5 },
    { type: 'pdq', value: OTHER_PDQ, quality: 77 },
  ]
  const shared = { sourceId: PDQ, isBare: true }

  test('may be what `hashwarden hash` prints: the hashes of one file share an id', async () => {
    const lines = hashes.map(
      ({ type, value, quality }) => `  ${type.padEnd(9)}  ${value}${quality ? `  quality ${quality}` : ''}\n`,
    )
    const other = `# md5 ${MD5}\n  md5        ${MD5}\n`
    expect(await read(`# a file.jpg\n${lines.join('')}${other}`)).toEqual([
      { type: 'sha256', value: PDQ, ...shared, line: 2 },
      { type: 'md5', value: MD5, ...shared, line: 3 },
      { type: 'pdq', value: OTHER_PDQ, ...shared, line: 4 },
      { type: 'md5', value: MD5, sourceId: MD5, isBare: true, line: 6 },
    ])
  })

  test('may be what `hashwarden hash --json` prints', async () => {
    const line = JSON.stringify({ file: 'a file.jpg', hashes })
    expect(await read(`${line}\n${line}\n`)).toEqual(
      [1, 2].flatMap((at) => hashes.map(({ type, value }) => ({ type, value, ...shared, line: at }))),
    )
  })

  test('has no ids in common where one type comes twice: those are two files', async () => {
    const list = await read(`# mine\n  pdq ${PDQ}\n  pdq ${OTHER_PDQ}\n`)
    expect(list).toMatchObject([{ sourceId: PDQ }, { sourceId: OTHER_PDQ }])
  })

  test('gives one value the same entry in whatever case it is written', async () => {
    const [lower, upper] = await read(`md5 ${MD5}\nmd5 ${MD5.toUpperCase()}`)
    expect(upper).toEqual({ ...lower, line: 2 })
  })

  test('without a line has no entry', async () => {
    expect(await read('')).toEqual([])
  })
})

describe('a bad line', () => {
  test.each<[string, string, RegExp]>([
    ['of one word', 'md5', /expected `type value`/],
    ['of another type', `crc32 ${MD5}`, /one of sha256, sha1, md5, pdq, blockhash/],
    ['of a type of every object', `constructor ${MD5}`, /one of sha256/],
    ['of a value that is too short', `md5 ${MD5.slice(1)}`, /32 hexadecimal digits/],
    ['of a value that is not hexadecimal', `pdq ${PDQ.replace('0', 'g')}`, /64 hexadecimal digits/],
    ['of photodna that is too short', 'photodna AAAA', /288 hexadecimal digits/],
    ['of JSON without hashes', '{"hash":[]}', /hashwarden hash --json/],
    ['of JSON that is cut off', `{"hashes":[{"type":"md5","value":"${MD5}"`, /hashwarden hash --json/],
    ['of JSON with a bad value', `{"hashes":[{"type":"md5","value":"${PDQ}"}]}`, /hash 1: a md5 value/],
    ['of a quality that is none', `pdq ${PDQ} quality high`, /three words/],
    ['of four words', `md5 ${MD5} a b`, /three words/],
    ['of an id of 65 bytes', `md5 ${MD5} ${'a'.repeat(65)}`, /64 bytes/],
    ['of an id of 22 characters and 66 bytes', `md5 ${MD5} ${'€'.repeat(22)}`, /64 bytes/],
    ['of an id with a control character', `md5 ${MD5} a\u0001b`, /control characters/],
    ["of an id with a terminal's escape", `md5 ${MD5} \u009b31m`, /control characters/],
  ])('%s is told with its number, and the rest is read', async (_, line, problem) => {
    const [good, bad, next] = await read(`md5 ${MD5}\n${line}\nmd5 ${MD5}`)
    expect(bad).toEqual({ line: 2, problem: expect.stringMatching(problem) })
    expect(next).toEqual({ ...good, line: 3 })
    expect(good).toMatchObject({ type: 'md5' })
  })

  test('of an id that is not UTF-8 is told: two ids must not become one', async () => {
    expect(await read(Buffer.concat([Buffer.from(`md5 ${MD5} a`), Buffer.from([0xff])]))).toMatchObject([
      { line: 1 },
    ])
  })

  test('is counted with comments and blank lines, as an editor counts', async () => {
    expect(await read(`\uFEFF# one\r\n\r\nbad\r\n`)).toMatchObject([{ line: 3 }])
  })

  test('never shows what it holds', async () => {
    const secret = 'deadbeef'.repeat(5)
    const lines = [
      secret,
      `${secret} ${secret}`,
      `md5 ${secret}`,
      `md5 ${MD5} ${secret} x`,
      `sha256 ${secret} id`,
      `{"hashes":[{"type":"md5","value":"${secret}"}]}`,
      `{"hashes":"${secret}"`,
    ]
    const all = await read(lines.join('\n'))
    expect(all).toHaveLength(lines.length)
    expect(JSON.stringify(all)).not.toMatch(/deadbeef|0123456789abcdef/)
  })
})
