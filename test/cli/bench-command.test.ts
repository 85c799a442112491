import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname
const COMMAND = ['src/cli/main.ts', 'bench', 'search']

test('`bench search` begins the quick benchmark, and Ctrl-C ends it and the command', async () => {
  // A process group of its own, as a terminal gives to a command: Ctrl-C reaches all of it.
  const child = spawn(process.execPath, COMMAND, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const seen: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (seen.push(line) === 2) process.kill(-(child.pid ?? Number.NaN), 'SIGINT')
  }
  expect(await ended).toEqual([130, null])
  expect(seen[0]).toMatch(/Node \d+.*: \d+ jobs/)
  expect(seen[1]).toMatch(/^multi-index-uniform-100000 /)
})

test('a set smaller than the smallest is refused', () => {
  for (const largest of ['99999', '1e99', 'many']) {
    const { status, stderr } = spawnSync(process.execPath, [...COMMAND, '--largest', largest], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain('at least 100000')
  }
})
