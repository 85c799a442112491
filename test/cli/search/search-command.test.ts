import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ORIENTATIONS } from '../../../src/hash/orientation.ts'
import { unpackHex } from '../../../src/hash/hash-value.ts'
import { crowdedValues, nearQueries, randomValues, wordSource } from '../../../src/sample/value-sets.ts'
import { bruteForce } from '../../search/matches-oracle.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
const COMMAND = ['src/cli/main.ts', 'search']

function run(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 28,
  })
  return { status, stdout, stderr }
}

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** One of sixteen values; not one repeated byte, which is left out. */
const repeated = (digit: number, digits: number): string =>
  `${digit.toString(16).repeat(digits - 2)}${digit === 0 ? '11' : '00'}`

const printed = (values: Uint32Array): string[] =>
  Array.from({ length: values.length / 8 }, (_, place) => unpackHex(values, place * 8, 8))

const next = wordSource(20)
const values = Uint32Array.of(...crowdedValues(300, 20, next), ...randomValues(300, next))
const queries = Uint32Array.of(
  ...nearQueries(values, 40, () => next() % 34, 8, next),
  ...values.subarray(8, 24),
)
const known = printed(values)
const asked = printed(queries)
// Neither the order of the known values nor their repetition, case or surroundings matter.
const knownFile = file(
  'known',
  `# known\n\n${[...known, ...known.slice(0, 50)].map((value, at) => (at % 2 ? value.toUpperCase() : `  ${value} `)).join('\r\n')}`,
)
const queryFile = file('queries', `${asked.join('\n')}\n`)

describe.each(['auto', 'flat', 'bk-tree', 'multi-index'])('--index %s', (index) => {
  const options = ['--known', knownFile, '--type', 'pdq', '--index', index]

  test.each([0, 12, 31, 100, 256])(
    'radius %i: prints what brute force finds, in the promised order',
    (radius) => {
      const { status, stdout, stderr } = run([...options, '--radius', String(radius), queryFile])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      const { lines } = bruteForce(values, queries, { maxDistanceBits: radius, limit: Infinity })
      const expected = lines.map(([query, id, distance]) => `${asked[query]}\t${known[id]}\t${distance}\n`)
      expect(expected.length).toBeGreaterThan(0)
      expect(stdout).toBe(expected.join(''))
    },
  )

  test('--orientations finds turned and mirrored copies and names what was done to the known picture', () => {
    const { stdout } = run([...options, '--radius', '33', '--orientations', '-'], asked.join('\n'))
    const orientations = { mask: 0xff, maxDistanceBits: 33 }
    const { lines } = bruteForce(values, queries, { maxDistanceBits: 33, orientations, limit: Infinity })
    const expected = lines.map(
      ([query, id, distance, orientation]) =>
        `${asked[query]}\t${known[id]}\t${distance}\t${ORIENTATIONS[orientation]}\n`,
    )
    expect(new Set(lines.map(([, , , orientation]) => orientation)).size).toBe(8)
    expect(stdout).toBe(expected.join(''))
  })
})

test.each([
  ['md5', 32],
  ['sha1', 40],
  ['sha256', 64],
])('%s values are found by equality, a query that comes twice is answered twice', (type, digits) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(15), { maxLength: 30 }),
      fc.array(fc.nat(15), { maxLength: 30 }),
      (have, ask) => {
        const path = file(`known-${type}`, have.map((digit) => repeated(digit, digits)).join('\n'))
        const { status, stdout } = run(
          ['--known', path, '--type', type, '-'],
          ask.map((digit) => repeated(digit, digits)).join('\n'),
        )
        const expected = ask
          .filter((digit) => have.includes(digit))
          .map((digit) => repeated(digit, digits))
          .map((value) => `${value}\t${value}\t0\n`)
        expect({ status, stdout }).toEqual({ status: 0, stdout: expected.join('') })
      },
    ),
    { numRuns: 4 },
  )
})

test('empty files, on either side, give no pair and are no failure', () => {
  const empty = file('empty', '')
  const nothing = { status: 0, stdout: '', stderr: '' }
  for (const index of ['auto', 'flat', 'bk-tree', 'multi-index']) {
    expect(run(['--known', empty, '--type', 'pdq', '--radius', '256', '--index', index, queryFile])).toEqual(
      nothing,
    )
  }
  expect(run(['--known', knownFile, '--type', 'blockhash', '--radius', '10', empty])).toEqual(nothing)
})

test('a bad line among the known values is named by file and number, and nothing is searched', () => {
  const [one, two] = asked
  const path = file('bad-known', `${one}\n${two}0\n\n# x\nzz\n`)
  const { status, stdout, stderr } = run(['--known', path, '--type', 'pdq', '--radius', '31', queryFile])
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toEqual([
    `${path}:2: expected one pdq value of 64 hexadecimal digits`,
    `${path}:5: expected one pdq value of 64 hexadecimal digits`,
    'Nothing was searched.',
  ])
  expect(stderr).not.toContain(two)
})

test('a bad line among the queries is named by number, the others are answered, and the exit code is 1', () => {
  const options = ['--known', knownFile, '--type', 'pdq', '--radius', '0']
  const many = Array.from({ length: 25 }, () => 'not hexadecimal').join('\n')
  const { status, stdout, stderr } = run([...options, '-'], `${known[0]}\n${many}\n${known[1]}\n`)
  expect({ status, stdout }).toEqual({
    status: 1,
    stdout: `${known[0]}\t${known[0]}\t0\n${known[1]}\t${known[1]}\t0\n`,
  })
  const told = stderr.trimEnd().split('\n')
  expect(told).toHaveLength(21)
  expect(told[0]).toBe('line 2: expected one pdq value of 64 hexadecimal digits')
  expect(told[20]).toBe('… and 5 more bad lines')
})

test('a reader that closes the pipe ends the command with exit code 1 and without a word', () => {
  const many = file('many', `${known.join('\n')}\n`)
  const command = [process.execPath, ...COMMAND, '--known', many, '--type', 'pdq', '--radius', '256', many]
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', '{ "$@"; echo "exit $?" >&2; } | head -n 1', 'sh', ...command],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  expect(stdout).toBe(`${known[0]}\t${known[0]}\t0\n`)
  expect(stderr).toBe('exit 1\n')
})

test('a person who types queries is answered before the input ends', async () => {
  const args = [...COMMAND, '--known', knownFile, '--type', 'pdq', '--radius', '0', '-']
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  for (const value of known.slice(0, 3)) {
    child.stdin.write(`${value}\n`)
    const [answer] = await once(child.stdout, 'data')
    expect(String(answer)).toBe(`${value}\t${value}\t0\n`)
  }
  child.stdin.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a full disk ends the command in words', () => {
  const command = [process.execPath, ...COMMAND, '--known', knownFile, '--type', 'pdq', '--radius', '0']
  const { status, stderr } = spawnSync('sh', ['-c', '"$@" > /dev/full', 'sh', ...command, queryFile], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      "Standard output can't be written (the disk is full): stopped. What was printed last may be cut off.\n",
  })
})

describe('a list of several types, as `hashwarden hash` prints it,', () => {
  const [one, two] = known
  const line = JSON.stringify({ file: 'b', hashes: [{ type: 'pdq', value: two, quality: 80 }] })
  const list = `# a.jpg\n  md5        ${one.slice(0, 32)}\n  pdq        ${one}  quality 77\nblockhash ${two}\n${line}\n`
  const options = ['--type', 'pdq', '--radius', '0']
  const pairs = [one, two].map((value) => `${value}\t${value}\t0\n`).join('')

  test('is searched for the values of one type, the others are counted', () => {
    const path = file('list', list)
    expect(run(['--known', knownFile, ...options, path])).toEqual({
      status: 0,
      stdout: pairs,
      stderr: `${path}: 2 values of other types left out\n`,
    })
    expect(run(['--known', path, ...options, '-'], `${one}\n${two}\n`)).toMatchObject({
      status: 0,
      stdout: pairs,
    })
  })

  test('is read from gzip and from UTF-16', () => {
    for (const bytes of [gzipSync(list), Buffer.from(`\uFEFF${list.replaceAll('\n', '\r\n')}`, 'utf16le')]) {
      const path = file('packed', bytes)
      expect(run(['--known', path, ...options, '-'], `${one}\r${two}\r`)).toMatchObject({
        status: 0,
        stdout: pairs,
      })
    }
  })
})

test('degenerate values, on either side, are left out and counted', () => {
  const degenerate = ['0'.repeat(64), `${'f'.repeat(60)}0123`]
  const path = file('degenerate', `${degenerate.join('\n')}\n${known[0]}\n`)
  expect(run(['--known', path, '--type', 'pdq', '--radius', '256', path])).toEqual({
    status: 0,
    stdout: `${known[0]}\t${known[0]}\t0\n`,
    stderr: `${path}: 2 degenerate pdq values left out: they say nothing of a file\n`.repeat(2),
  })
})

test.each([
  [['--type', 'pdq', '--radius', '31'], "required option '--known <file>' not specified"],
  [['--known', 'x', '--type', 'pdq'], '--radius is needed for pdq'],
  [['--known', 'x', '--type', 'md5', '--radius', '1'], '--radius must be 0'],
  [['--known', 'x', '--type', 'pdq', '--radius', '257'], 'from 0 to 256'],
  [['--known', 'x', '--type', 'pdq', '--radius', '1.5'], 'from 0 to 256'],
  [['--known', 'x', '--type', 'blockhash', '--radius', '10', '--orientations'], '--orientations is for pdq'],
  [['--known', '-', '--type', 'sha1'], 'only one of both files can be standard input'],
  [['--known', '/no/such/file', '--type', 'sha1'], 'no such file'],
])('%j: says what is wrong', (args, message) => {
  const { status, stdout, stderr } = run([...args, '-'])
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain(message)
})
