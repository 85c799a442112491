import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { TextInput } from '../../../src/lists/input/text-input.ts'
import { listFile } from '../list-files.ts'
import { zipOf, type Member } from './zip-bytes.ts'

const TEXT = `md5 ${'0123456789abcdef'.repeat(2)}\n`.repeat(500)

const read = async (bytes: Buffer, onRead?: (bytes: number) => void): Promise<string> =>
  Buffer.concat(await Array.fromAsync(new TextInput(listFile(bytes), { onRead }))).toString()

const readZip = (...members: readonly Member[]): Promise<string> => read(zipOf(members))

const list: Member = { name: 'list.txt', content: TEXT }

describe('the list in a zip file', () => {
  test.each<[string, readonly Member[]]>([
    ['alone', [list]],
    ['stored without packing', [{ ...list, method: 0 }]],
    [
      'in a folder',
      [
        { name: 'a/', content: '', method: 0 },
        { ...list, name: 'a/b/list.txt' },
      ],
    ],
    ['whose name has no end', [{ ...list, name: 'list' }]],
    ['whose name no path may have', [{ ...list, name: '../../\u0007/list.txt' }]],
    ['whose name is not UTF-8', [{ ...list, name: Buffer.from([0xff, 0xfe, 0x2e, 0x63, 0x73, 0x76]) }]],
    [
      'beside what macOS adds',
      [list, { name: '__MACOSX/._list.txt', content: 'x' }, { name: '.DS_Store', content: 'x' }],
    ],
    [
      'beside a picture and a manual',
      [list, { name: 'a.jpg', content: 'x' }, { name: 'Manual.pdf', content: 'x' }],
    ],
    ['packed once more', [{ name: 'list.txt.gz', content: gzipSync(TEXT) }]],
    ['as UTF-16', [{ ...list, content: Buffer.from(`\uFEFF${TEXT}`, 'utf16le') }]],
  ])('is read: %s', async (_, members) => {
    expect(await readZip(...members)).toBe(TEXT)
  })

  test('is read with the bytes of the zip file as progress', async () => {
    const seen: number[] = []
    const bytes = zipOf([list])
    await read(bytes, (total) => seen.push(total))
    expect(seen.at(-1)).toBeGreaterThan(0)
    expect(Math.max(...seen)).toBeLessThanOrEqual(bytes.length)
  })

  test.each<[string, readonly Member[], RegExp]>([
    [
      'there are two',
      [list, { ...list, name: 'other.csv' }],
      /2 files that could be the list: list\.txt, other\.csv\. Unpack it/,
    ],
    ['there is none', [{ name: 'a/', content: '', method: 0 }], /zip file without a file in it/],
    ['it is encrypted', [{ ...list, isEncrypted: true }], /encrypted zip file.*`7z x -so FILE \|/],
    ['its method is unknown', [{ ...list, method: 14 }], /packed by method 14.*7z x -so/],
    ['its checksum is wrong', [{ ...list, crc: 1 }], /is damaged or cut off/],
    ['its length is wrong', [{ ...list, size: 5 }], /is damaged or cut off/],
    [
      'it is a zip file itself',
      [{ name: 'a.zip', content: zipOf([list]) }],
      /zip file in a pipe or within another file/,
    ],
  ])('is refused in words where %s', async (_, members, problem) => {
    await expect(readZip(...members)).rejects.toThrow(problem)
  })

  test('is refused where the zip file is cut off', async () => {
    await expect(read(zipOf([list]).subarray(0, -30))).rejects.toThrow(/is damaged or cut off/)
  })

  test('is refused where its packed bytes are damaged', async () => {
    const bytes = zipOf([list])
    bytes.fill(0xff, 60, 80)
    await expect(read(bytes)).rejects.toThrow(/is damaged or cut off/)
  })

  test('never puts a name from the zip file on a terminal as it stands', async () => {
    const names = ['\u001b[31mred.csv', 'right\u202eleft.csv', `${'long'.repeat(40)}.csv`]
    const error = await readZip(...names.map((name) => ({ ...list, name }))).catch(String)
    expect(error).toContain('?[31mred.csv'.replace('[', '?'))
    expect(error).toContain('right?left.csv')
    expect(error).toMatch(/longlong…/)
    expect(error).not.toMatch(/\p{Cc}|\p{Cf}/u)
  })

  test('names the first few of many', async () => {
    const members = Array.from({ length: 40 }, (_, at) => ({ name: `${at}.csv`, content: 'x' }))
    await expect(readZip(...members)).rejects.toThrow(/40 files.*0\.csv.*7\.csv and 32 more/)
  })

  test('from standard input is refused: a zip file names its members at its end', () => {
    const script = `
      import { TextInput } from './src/lists/input/text-input.ts'
      for await (const _ of new TextInput('-'));`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: new URL('../../..', import.meta.url),
      encoding: 'utf8',
      input: zipOf([list]),
    })
    expect(stderr).toMatch(/standard input is a zip file in a pipe.*unzip it first/)
  })
})
