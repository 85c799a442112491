// Values that stand where they don't belong: what a command says of them quotes none, and still says what to do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { Marks } from '../secrecy/marks.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
const VALUE = randomBalancedHash(seededRandom(31))
const REFERENCE = "act:19k-it's planted"
const PASSWORD = 'pass-61x-planted-word'
const marks = new Marks()
  .hash('the value', 'pdq', VALUE)
  .text('the reference', REFERENCE)
  .text('the password', PASSWORD)

async function said(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, KAFKA_BROKERS: '127.0.0.1:1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(child.exitCode).toBe(1)
  return out + err
}

test.each<[readonly string[], RegExp]>([
  [[VALUE], /^error: unknown command$/m],
  [['hashset', VALUE], /^error: unknown command$/m],
  [['match', `--${VALUE}`], /^error: unknown option$/m],
  [['top', '--onec'], /^error: unknown option '--onec'\n\(Did you mean --once\?\)$/m],
  [['top', VALUE, REFERENCE], /^error: too many arguments/m],
  [['dlq', 'replay', '--at', VALUE], /'--at <.*>' argument is invalid\. Expected topic\/partition\/offset/],
  [['dlq', 'replay', '--reason', REFERENCE], /'--reason <code>' argument is invalid\. Allowed choices are/],
  [['report'], /^error: name either files and folders, or --ndjson FILE, or --canary$/m],
  [['report', '--canary', 'a.jpg'], /^error: name either files and folders, or --ndjson FILE, or --canary$/m],
  [['retro', '--since', VALUE], /'--since <time>' argument is invalid\. Expected a date/],
  [['retro', '--share', REFERENCE], /'--share <n>' argument is invalid\. Expected a number/],
  [['search', '--radius', VALUE, '-'], /'--radius <bits>' argument is invalid\. Expected a whole number/],
  [['hashset', 'import', '-', '--source', REFERENCE], /'--source <name>' argument is invalid\. A source is/],
  [['hashset', 'import', '-', '--classification', VALUE], /argument is invalid\. Expected scheme:code/],
  [['report', '--platform', REFERENCE, '-'], /'--platform <name>' argument is invalid\. A platform is/],
  [['report', '--max-side', VALUE, '-'], /'--max-side <pixels>' argument is invalid\. It must be/],
  [['review', '--port', VALUE], /'--port <n>' argument is invalid\. It must be/],
])('`hashwarden %j` says what is wrong and quotes no value', async (args, expected) => {
  const output = await said(args)
  expect(output).toMatch(expected)
  expect(marks.find(output)).toEqual([])
})

test.each([
  [
    'a password in place of its file',
    `kafka: { sasl: { mechanism: plain, username: a, password: ${PASSWORD} } }`,
  ],
  ['a line that is no YAML', `kafka:\n  sasl: [mechanism: plain\n  password: "${PASSWORD}`],
  ['an alias that names nothing', `kafka: *${PASSWORD}`],
  ['a tag that means nothing', `kafka: !${PASSWORD} 1`],
  ['a secret of the sign-in in place of its file', `review: { signIn: { clientSecret: ${PASSWORD} } }`],
  ['a value where a topic belongs', `topics: { reports: "${VALUE} ${REFERENCE}" }`],
])('settings with %s are refused without quoting them', async (_, content) => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-mistyped-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'own.yaml')
  writeFileSync(file, content)
  const output = await said(['dlq', 'list', '--config', file])
  expect(output).toContain(file)
  expect(marks.find(output)).toEqual([])
})

test.each([
  ['a password that has to be encoded', `postgres://review:${PASSWORD}/%zz#@127.0.0.1:1/review`],
  ['a port that is none', `postgres://review:${PASSWORD}@127.0.0.1:${PASSWORD}/review`],
  ['no address at all', PASSWORD],
])('DATABASE_URL with %s is refused without quoting it', async (_, url) => {
  const output = await said(['review', 'migrate'], { DATABASE_URL: url })
  expect(output).not.toBe('')
  expect(marks.find(output)).toEqual([])
})
