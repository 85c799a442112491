// What `hashset export` writes, `hashset import` reads as the same entries: through the commands themselves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Entry } from '../../src/contract/known-hash.ts'
import { MemoryCommands } from './memory-commands.ts'
import { listFile } from '../lists/list-files.ts'

const hex = (byte: string, length: number): string => `0123456789ab${byte}`.padEnd(length, `d4${byte}9e`)
const MD5 = hex('01', 32)
const SHA1 = hex('02', 40)
const SHA256 = hex('03', 64)
const PHOTODNA = hex('04', 288)

const VICS = JSON.stringify({
  '@odata.context': 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media',
  value: [
    {
      MediaID: 7,
      Category: 1,
      MD5,
      SHA1,
      Series: 'Made up, "two"',
      Tags: 'one;a, b',
      VictimIdentified: 'True',
      AlternativeHashes: [
        { HashName: 'PhotoDNA', HashValue: Buffer.from(PHOTODNA, 'hex').toString('base64') },
        { HashName: 'SHA256', HashValue: SHA256 },
      ],
    },
    { MediaID: '0012', Category: '2', MD5: hex('05', 32) },
    { MediaID: '=1+1', Category: '2', MD5: hex('06', 32) },
  ],
})

const NCMEC = `<?xml version="1.0" encoding="UTF-8"?>
<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images>
${['A1', '', 'B2'].map((code, at) => `<image><member id="42">A</member><timestamp>2026-01-10T08:00:00Z</timestamp><id>${at}</id>${code && `<classification>${code}</classification>`}<fingerprints><md5>${hex(`1${at}`, 32)}</md5></fingerprints></image>`).join('\n')}
</images></queryResult>`

const LINES = [`md5 ${MD5}`, `sha1 ${SHA1} with-an-id`, `photodna ${PHOTODNA}`, ''].join('\n')

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'exported')
}

const withoutTime = (entry: Entry): Entry => ({ ...entry, addedAt: '' })

/** The lines of an export, whatever their order and times. */
const textOf = (file: string): string =>
  readFileSync(file, 'utf8')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .split('\n')
    .sort()
    .join('\n')

const CLASS = ['--classification', 'ncmec:A1']

describe.each<[string, string, string, readonly string[]]>([
  ['a VICS list', 'vics', VICS, []],
  ['a VICS list', 'csv', VICS, []],
  ['a list of NCMEC', 'csv', NCMEC, []],
  ['a list of NCMEC', 'vics', NCMEC, []],
  ['plain lines', 'lines', LINES, CLASS],
  ['plain lines', 'csv', LINES, []],
])('what comes from %s and is exported as %s', (_, format, list, options) => {
  const first = list === LINES ? CLASS : []

  test('is the same when it comes in again: nothing is published', async () => {
    const commands = await MemoryCommands.make()
    await commands.import([listFile(list), ...first])
    const before = await commands.entries()
    const out = newFile()
    await commands.export(['--format', format, '--for', 'own-use', '--out', out])
    const summary = await commands.import([out, '--complete', ...options])
    expect(summary).toMatchObject({
      unchanged: before.length,
      added: 0,
      changed: 0,
      removed: 0,
      rejected: [],
    })
    expect(await commands.entries()).toEqual(before)
  })

  test('gives the same entries elsewhere, and from there the same export', async () => {
    const here = await MemoryCommands.make()
    await here.import([listFile(list), ...first])
    const out = newFile()
    await here.export(['--format', format, '--for', 'own-use', '--out', out])

    const elsewhere = await MemoryCommands.make()
    await elsewhere.import([out, ...options])
    const entries = await elsewhere.entries()
    expect(entries.map(withoutTime)).toEqual((await here.entries()).map(withoutTime))
    const again = newFile()
    await elsewhere.export(['--format', format, '--for', 'own-use', '--out', again])
    expect(textOf(again)).toBe(textOf(out))
  })
})

test('a VICS export declares the country that other tools look for', async () => {
  const commands = await MemoryCommands.make()
  await commands.import([listFile(VICS)])
  const out = newFile()
  await commands.export(['--format', 'vics', '--for', 'own-use', '--out', out])
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
    '@odata.context': 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media',
  })
})

test('`hashset diff` says what `import --dry-run` says, and publishes nothing', async () => {
  const commands = await MemoryCommands.make()
  const file = listFile(VICS)
  const diff = await commands.diff([file])
  expect(diff).toMatchObject({ added: 6, dryRun: true })
  expect(diff).toEqual(await commands.import([file, '--dry-run']))
  expect(await commands.entries()).toEqual([])
})
