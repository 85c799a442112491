import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'hashwarden-production-'))
const tree = join(folder, 'tree')
const { version, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** No service listens there. */
const NOWHERE = { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/none' }
const COMMAND = [join(tree, 'src/cli/hashwarden.mjs')]
const options = { cwd: folder, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...NOWHERE } } as const

const hashwarden = (...words: readonly string[]) =>
  spawnSync(process.execPath, [...COMMAND, ...words], options)

beforeAll(() => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'deploy/image/production-tree.mjs'), tree],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the production tree has no package of development, and no test', () => {
  const installed = Object.keys(devDependencies).filter((name) =>
    existsSync(join(tree, 'node_modules', name)),
  )
  expect(installed).toEqual([])
  for (const left of ['test', 'bench', 'deploy/local', 'deploy/image', 'src/console', 'src/documents'])
    expect(existsSync(join(tree, left)), left).toBe(false)
  expect(existsSync(join(tree, 'deploy/runbooks/HashwardenNotReady.md'))).toBe(true)
})

test('it prints its version and its commands', () => {
  expect(hashwarden('--version').stdout).toBe(`${version}\n`)
  const { status, stdout } = hashwarden('--help')
  expect(status).toBe(0)
  expect(stdout).toContain('review [options]')
})

test('it plans capacity without the benchmarks that its figures come from', () => {
  const { status, stdout } = hashwarden('capacity', '--reports', '1000', '--known', '1000000')
  expect(status).toBe(0)
  expect(stdout).toContain('machines: 2\n')
})

test('it has the compiled kernel: a search finds a near value', () => {
  const known = join(folder, 'known.txt')
  const value = createHash('sha256').update('a made-up hash').digest('hex')
  writeFileSync(known, `${value}\n`)
  const found = hashwarden(
    'search',
    known,
    '--known',
    known,
    '--type',
    'pdq',
    '--index',
    'multi-index',
    '--radius',
    '31',
  )
  expect(found.stdout).toBe(`${value}\t${value}\t0\n`)
})

test('a command without a broker says that Kafka cannot be reached', () => {
  const { status, stderr } = hashwarden('topics', 'plan')
  expect(stderr).toContain('Cannot reach Kafka at 127.0.0.1:1')
  expect(status).toBe(1)
})

test.each([
  ['match', 'Kafka can’t be used; trying again until it works'],
  ['review', 'PostgreSQL can’t be used; trying again until it works'],
])('`%s` starts, waits for what it needs, and ends in order', async (command, waiting) => {
  const settings = join(folder, `${command}.yaml`)
  writeFileSync(settings, 'telemetry: { port: 0 }\nreview: { port: 0 }\n')
  const child = spawn(process.execPath, [...COMMAND, command, '--config', settings], {
    ...options,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const ended = once(child, 'exit')
  const messages: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    const { msg } = JSON.parse(line)
    messages.push(msg)
    if (msg === waiting) child.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
  expect(messages).toContain(waiting)
  expect(messages.at(-1)).toBe('Stopped')
})

test.each([['local'], ['bench', 'search']])('`%s %s` needs a checkout, and says so', (...words) => {
  const { status, stderr } = hashwarden(...words)
  expect(stderr).toMatch(/needs a checkout of the repository/)
  expect(status).toBe(1)
})

test('a local PostgreSQL is for checkouts only: production names one', () => {
  expect(hashwarden('review', '--local', '--telemetry-port', '0').stderr).toContain(
    'set DATABASE_URL to a PostgreSQL 14 or newer',
  )
})
