// What commands on lists refuse before they read anything: what would leave no trace, or leave to anybody.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

async function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const rest = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('DATABASE_URL')),
  )
  const child = spawn(process.execPath, ['src/cli/main.ts', 'hashset', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...rest, ...env },
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(child.exitCode).toBe(1)
  expect(out).toBe('')
  return err
}

const VICS = ['export', '--source', 'a-list', '--format', 'vics']

test.each<[string, readonly string[], RegExp]>([
  ['a decision without a reason', ['disable', '-', '--unaudited'], /Pass --reason.*Nothing was done/],
  ['a decision for a blank reason', ['suppress', '-', '--unaudited', '--reason', ' '], /Pass --reason/],
  ['a decision that no audit keeps', ['enable', '-', '--reason', 'wrong'], /DATABASE_URL.*--unaudited/],
  ['the end of a suppression that no audit keeps', ['unsuppress', '-', '--reason', 'wrong'], /--unaudited/],
  ['an export for others who are not named', VICS, /--audience \(law-enforcement or members\)/],
  ['an export for us with an audience', [...VICS, '--for', 'own-use', '--audience', 'members'], /leave one/],
  [
    'a summary for another deployment of all that we have',
    ['compare', '--key-file', 'none', '--json'],
    /Pass --source/,
  ],
])('%s is refused', async (_, args, reason) => {
  expect(await refusal(args)).toMatch(reason)
})

test('with a review store every decision is audited', async () => {
  const args = ['disable', '-', '--reason', 'wrong', '--unaudited']
  expect(await refusal(args, { DATABASE_URL: 'postgres://127.0.0.1:1/none' })).toMatch(
    /leave --unaudited out/,
  )
})
