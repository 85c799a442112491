import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { IMAGES_FOLDER, photographs } from '../../src/sample/photographs.ts'
import { temporaryFolder, writeIn } from './picture-files.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const COMMAND = ['src/cli/main.ts', 'hash']

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

interface Line {
  readonly file: string
  readonly hashes: readonly { readonly type: string; readonly quality?: number }[]
  readonly damaged?: true
  readonly frame?: number
  readonly view?: string
  readonly warning?: string
}

const parsedLines = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('--json prints one line a file of a folder, in order, and nothing else', () => {
  const { status, stdout, stderr } = run(IMAGES_FOLDER, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const files = parsedLines(stdout)
  expect(files.map(({ file }) => file)).toEqual([
    join(IMAGES_FOLDER, 'SOURCES.md'),
    ...photographs().map(({ path }) => path),
  ])
  for (const { file, hashes } of files) {
    const types = file.endsWith('.md')
      ? ['sha256', 'sha1', 'md5']
      : ['sha256', 'sha1', 'md5', 'pdq', 'blockhash']
    expect(hashes.map(({ type }) => type)).toEqual(types)
    for (const { type, quality } of hashes)
      expect(typeof quality).toBe(type === 'pdq' ? 'number' : 'undefined')
  }
})

test('a damaged picture, or one of another format, is a warning: its hashes are printed, and the exit code is 2', async () => {
  const folder = temporaryFolder()
  const [{ path }] = photographs()
  const cut = await writeIn(folder, '1.jpg', readFileSync(path).subarray(0, -9))
  const icon = await writeIn(
    folder,
    '2.ico',
    Buffer.from('000001000100101000000100200028000000160000000000', 'hex'),
  )
  cpSync(path, join(folder, '3.jpg'))
  const { status, stdout, stderr } = run('--json', folder)
  expect(status).toBe(2)
  const lines = parsedLines(stdout)
  expect(lines.map(({ file, damaged, warning, hashes }) => [file, damaged, warning, hashes.length])).toEqual([
    [cut, true, 'damaged-picture', 5],
    [icon, undefined, 'unsupported-format', 3],
    [join(folder, '3.jpg'), undefined, undefined, 5],
  ])
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining(
      `${cut}: the JPEG picture is damaged, and was hashed as far as it can be decoded`,
    ),
    expect.stringContaining(`${icon}: ICO pictures cannot be decoded`),
    'hashwarden hash: 3 files hashed; 2 with a warning (1 damaged-picture, 1 unsupported-format)',
  ])
})

test('a file that cannot be read is an error: the next file is still hashed, and the exit code is 1', async () => {
  const folder = temporaryFolder()
  const [{ path }] = photographs()
  const empty = await writeIn(folder, '1.jpg', '')
  const cut = await writeIn(folder, '2.jpg', readFileSync(path).subarray(0, -9))
  const { status, stdout, stderr } = run('--json', folder, '/no/such/file')
  expect(status).toBe(1)
  expect(parsedLines(stdout).map(({ file }) => file)).toEqual([cut])
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining(`${empty}: the file is empty`),
    expect.stringContaining(`${cut}: the JPEG picture is damaged`),
    expect.stringContaining('/no/such/file: no such file or folder'),
    'hashwarden hash: 1 file hashed; 1 with a warning (1 damaged-picture); 2 not read (1 empty-file, 1 missing)',
  ])
})

test('a name that is not UTF-8 is hashed, in a folder and as an argument', () => {
  const folder = temporaryFolder()
  const script = `mkdir "$1/n"; cp "$2" "$1/n/$(printf 'Gro\\337.jpg')"; shift 2; "$@" "$0/n"; "$@" "$0"/n/*`
  const [{ path }] = photographs()
  const command = [process.execPath, ...COMMAND, '--json']
  const { stdout, stderr } = spawnSync('sh', ['-c', script, folder, folder, path, ...command], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const lines = parsedLines(stdout)
  expect(lines.map(({ file }) => file)).toEqual([
    join(folder, 'n/Gro\\xdf.jpg'),
    join(folder, 'n/Gro\\xdf.jpg'),
  ])
  expect(lines.map(({ hashes }) => hashes.length)).toEqual([5, 5])
})

test('without --json the hashes are aligned under the name of their file', () => {
  const [{ path }] = photographs()
  const { status, stdout } = run(path)
  expect(status).toBe(0)
  const [name, ...lines] = stdout.trimEnd().split('\n')
  expect(name).toBe(`# ${path}`)
  expect(lines.map((line) => line.replace(/[0-9a-f]{32,64}/, 'HEX'))).toEqual([
    '  sha256     HEX',
    '  sha1       HEX',
    '  md5        HEX',
    '  pdq        HEX  quality 100',
    '  blockhash  HEX',
  ])
})

test('a reader that closes the pipe ends the command with exit code 1 and without a word', () => {
  const folder = temporaryFolder()
  for (let copy = 0; copy < 20; copy++) cpSync(IMAGES_FOLDER, join(folder, `${copy}`), { recursive: true })
  const command = [process.execPath, ...COMMAND, '--json', folder].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  )
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `{ ${command.join(' ')}; echo "exit $?" >&2; } | head -n 1`],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  expect(parsedLines(stdout)).toHaveLength(1)
  expect(stderr).toBe('exit 1\n')
})

test('without a file it says what is missing', () => {
  const { status, stderr } = run('--json')
  expect(status).toBe(1)
  expect(stderr).toContain("missing required argument 'path'")
})
