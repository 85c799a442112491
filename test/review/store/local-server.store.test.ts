// The local PostgreSQL: it starts, is taken over, is shared, and keeps the server's role from the audit.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { connect } from '../../../src/review/store/connect.ts'
import { startLocalServer } from '../../../src/review/store/local-server.ts'
import { openReviewStore } from '../review-store.ts'

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hashwarden-local-'))
  await chmod(folder, 0o711)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function answers(url: string): Promise<boolean> {
  await using db = connect(url, { connections: 1 })
  try {
    await sql`select 1`.execute(db)
    return true
  } catch {
    return false
  }
}

test('a server whose starter was killed is taken over with its data', async () => {
  const folder = await dataFolder()
  const starter = spawn(process.execPath, [join(import.meta.dirname, 'start-local-server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line]: unknown[] = await once(starter.stdout, 'data')
  const orphan: { pid: number; ownerUrl: string } = JSON.parse(String(line))
  starter.kill('SIGKILL')
  await once(starter, 'exit')
  {
    await using db = connect(orphan.ownerUrl, { connections: 1 })
    await sql`create table kept (n integer)`.execute(db)
  }
  const server = await startLocalServer({ folder, port: await freePort() })
  expect(server.pid).toBe(orphan.pid)
  {
    await using db = connect(server.ownerUrl, { connections: 1 })
    await sql`select n from kept`.execute(db)
  }
  await server.stop()
  expect(server.pid).toBeUndefined()
  expect(await answers(server.ownerUrl)).toBe(false)
})

test('a second start shares the server and leaves it running, and a killed one starts again on its port', async () => {
  const folder = await dataFolder()
  const first = await startLocalServer({ folder, port: await freePort() })
  onTestFinished(() => first.stop())
  const second = await startLocalServer({ folder, port: await freePort() })
  expect(second.ownerUrl).toBe(first.ownerUrl)
  await second.stop()
  expect(await answers(first.ownerUrl)).toBe(true)
  const { pid } = first
  if (pid === undefined) throw new Error('It has no process')
  process.kill(pid, 'SIGKILL')
  await first.restart()
  expect(await answers(first.serverUrl)).toBe(true)
})

test('only who knows its password reaches the server, and its log has no value of a row', async () => {
  const folder = await dataFolder()
  const server = await startLocalServer({ folder, port: await freePort() })
  onTestFinished(() => server.stop())
  expect((await stat(join(folder, 'passwords.json'))).mode & 0o777).toBe(0o600)
  const url = new URL(server.ownerUrl)
  expect(url.hostname).toBe('127.0.0.1')
  url.password = 'wrong'
  expect(await answers(url.href)).toBe(false)
  await using db = connect(server.ownerUrl, { connections: 1 })
  const { rows } = await sql`show listen_addresses`.execute(db)
  expect(rows).toEqual([{ listen_addresses: '127.0.0.1' }])
  await sql`create table seen (ref text primary key)`.execute(db)
  await sql`insert into seen values ('secret-ref')`.execute(db)
  await expect(sql`insert into seen values ('secret-ref')`.execute(db)).rejects.toThrow('duplicate key')
  expect(await readFile(join(folder, 'cluster', 'server.log'), 'utf8')).not.toContain('secret-ref')
})

test('the server’s role adds audit entries and can neither change nor remove them', async () => {
  await using store = await openReviewStore()
  const entry = {
    leaf_index: 0,
    entry: '{}',
    subtrees: Buffer.alloc(32),
    at: new Date(),
    action: 'searched' as const,
    actor: 'a',
  }
  await store.server.insertInto('audit_entries').values(entry).execute()
  for (const change of [
    store.server.updateTable('audit_entries').set({ entry: '{"a":1}' }),
    store.server.deleteFrom('audit_entries'),
  ])
    await expect(change.execute()).rejects.toThrow('permission denied')
  await expect(store.owner.deleteFrom('audit_entries').execute()).rejects.toThrow('never changed or deleted')
})
