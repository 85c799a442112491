import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { expect, onTestFinished, test } from 'vitest'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { committedPolicy } from '../../src/stream/live/set-position.ts'

const ROOT = new URL('../..', import.meta.url).pathname

/** The address of a broker that takes connections and never answers; and when the first connection has come. */
async function hangingBroker(): Promise<{ readonly address: string; readonly asked: Promise<unknown> }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { address: `127.0.0.1:${port}`, asked: once(server, 'connection') }
}

test('a matcher says how it runs, and ends with a line and exit code 1 where a broker hangs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-match-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const broker = await hangingBroker()
  const config = join(folder, 'own.yaml')
  writeFileSync(
    config,
    stringify({ match: { index: 'flat', group: 'hang-test' }, telemetry: { host: '127.0.0.1', port: 0 } }),
  )
  const matcher = spawn(
    process.execPath,
    ['src/cli/main.ts', 'match', '--config', config, '--threads', '4'],
    {
      cwd: ROOT,
      env: { ...process.env, KAFKA_BROKERS: broker.address },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  onTestFinished(() => void matcher.kill('SIGKILL'))
  const ended = once(matcher, 'exit')
  const written = text(matcher.stderr)
  await broker.asked
  matcher.kill('SIGTERM')
  expect(await ended).toEqual([1, null])
  const lines = (await written)
    .trimEnd()
    .split('\n')
    .map((line): { readonly msg: string } => JSON.parse(line))
  const line = (start: string) => lines.find(({ msg }) => msg.startsWith(start))
  expect(line('Matcher starting')).toMatchObject({
    threads: 0,
    index: 'flat',
    group: 'hang-test',
    policy: committedPolicy(loadPolicy()),
  })
  expect(line('This index can’t be shared')).toMatchObject({ level: 40, index: 'flat', threads: 4 })
  expect(lines.filter(({ msg }) => msg.startsWith('Stopping'))).toMatchObject([{ signal: 'SIGTERM' }])
  expect(line('The shutdown takes longer than 4.8 s')).toMatchObject({ level: 60 })
})
