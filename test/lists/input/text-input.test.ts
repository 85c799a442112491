import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TextInput } from '../../../src/lists/input/text-input.ts'
import { textLines } from '../../../src/lists/input/text-lines.ts'
import { listFile } from '../list-files.ts'

const read = async (content: string | Uint8Array): Promise<string[]> =>
  (await Array.fromAsync(textLines(new TextInput(listFile(content))))).map(String)

const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

const LINES = ['md5 0123', '', 'größer €', 'last']
const TEXT = LINES.join('\n')

describe('a text', () => {
  test.each<[string, string | Uint8Array]>([
    ['UTF-8', TEXT],
    ['UTF-8 with a byte order mark', `\uFEFF${TEXT}`],
    ['Windows line ends', LINES.join('\r\n')],
    ['the line ends of old Macs', LINES.join('\r')],
    ['a line end at its end', `${TEXT}\n`],
    ['UTF-16 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from(TEXT, 'utf16le')],
    ['UTF-16, big-endian, with Windows line ends', bigEndian(`\uFEFF${LINES.join('\r\n')}`)],
    ['UTF-16, big-endian, without a byte order mark', bigEndian(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['gzip in two parts', Buffer.concat([gzipSync(TEXT.slice(0, 5)), gzipSync(TEXT.slice(5))])],
    ['gzip of UTF-16', gzipSync(Buffer.from(`\uFEFF${TEXT}`, 'utf16le'))],
    ['zstd', zstdCompressSync(TEXT)],
    ['gzip of zstd', gzipSync(zstdCompressSync(TEXT))],
  ])('is read from %s', async (_, content) => {
    expect(await read(content)).toEqual(LINES)
  })

  test.each<[string, string | Uint8Array, RegExp]>([
    [
      'a zip file that is cut off',
      Buffer.from('504b0304140000', 'hex'),
      /list\.txt is a zip file and is damaged/,
    ],
    ['a zip file without a member', Buffer.from('504b0506' + '00'.repeat(18), 'hex'), /an empty zip file/],
    ['packed with bzip2', Buffer.from('425a6839', 'hex'), /bzip2.*`bzip2 -dc FILE \\|/],
    ['packed with xz', Buffer.from('fd377a585a00', 'hex'), /xz.*`xz -dc FILE \\|/],
    ['a 7z file', Buffer.from('377abcaf271c', 'hex'), /7z file.*`7z x -so FILE \\| hashwarden/],
    ['a SQLite database', Buffer.from('SQLite format 3\0'), /SQLite database.*export its table as CSV/],
    ['UTF-32', Buffer.from('fffe00006d000000', 'hex'), /UTF-32, not text: save it as UTF-8/],
    ['binary data', Buffer.from('00000018', 'hex'), /binary data/],
    [
      'a picture',
      readFileSync(new URL('../../../src/sample/images/moon.jpg', import.meta.url)),
      /binary data/,
    ],
    ['gzip of gzip of gzip', gzipSync(gzipSync(gzipSync(TEXT))), /packed more than 2 times over/],
    ['gzip that is cut off', gzipSync(TEXT).subarray(0, 20), /gzip and is damaged or cut off/],
    [
      'gzip with a wrong checksum',
      Buffer.concat([gzipSync(TEXT).subarray(0, -8), Buffer.alloc(8)]),
      /gzip and is damaged or cut off/,
    ],
    ['zstd that is cut off', zstdCompressSync(TEXT).subarray(0, 12), /zstd and is damaged or cut off/],
  ])('is refused in words where it is %s', async (_, content, problem) => {
    await expect(read(content)).rejects.toThrow(problem)
  })

  test('of no bytes has no lines; one line feed is one empty line', async () => {
    expect(await read('')).toEqual([])
    expect(await read('\n')).toEqual([''])
    expect(await read('a')).toEqual(['a'])
  })

  test('has its lines whatever the borders of its pieces', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', '\r', '\n'), maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        // Through a pipe each piece may come by itself.
        const whole = `head${pieces.join('')}`
        const expected = whole.split(/\r\n|\r|\n/)
        if (expected.at(-1) === '') expected.pop()
        expect(await read(whole)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('without a line end for gigabytes takes no more memory than a line may have', async () => {
    const lines = await read(`${'a'.repeat(5_000_000)}\nb`)
    expect(lines.map(({ length }) => length)).toEqual([65_536, 1])
  })

  test('comes from standard input, too, in pieces of one byte', () => {
    const script = `
      import { TextInput } from './src/lists/input/text-input.ts'
      import { textLines } from './src/lists/input/text-lines.ts'
      for await (const line of textLines(new TextInput('-'))) console.log(JSON.stringify(String(line)))`
    const file = listFile(Buffer.from(`\uFEFFone\r\ntwo\r`, 'utf16le'))
    const { stdout } = spawnSync(
      'sh',
      [
        '-c',
        `dd if="$1" bs=1 status=none | "$2" --input-type=module-typescript -e "$3"`,
        'sh',
        file,
        process.execPath,
        script,
      ],
      { cwd: new URL('../../..', import.meta.url), encoding: 'utf8' },
    )
    expect(stdout).toBe('"one"\n"two"\n')
    expect(readFileSync(file)).toHaveLength(20)
  })
})
