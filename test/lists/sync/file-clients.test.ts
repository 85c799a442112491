import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { FileClient } from '../../../src/lists/sync/file-client.ts'
import { FolderClient } from '../../../src/lists/sync/folder-client.ts'
import type { Connection } from '../../../src/lists/sync/https-request.ts'
import type { ListClient } from '../../../src/lists/sync/list-client.ts'
import { TrapServer, type Answer } from '../servers/trap-server.ts'
import { CONNECTION, failureOf, listening, readRange, said } from './reading.ts'

const md5 = (n: number): string => n.toString(16).padStart(32, 'a')
const lines = (...numbers: readonly number[]): string =>
  numbers.map((n) => `md5 ${md5(n)} file-${n}\n`).join('')
const ids = (reading: Awaited<ReturnType<typeof readRange>>): readonly string[] =>
  said(reading.pages).map((one) => one.split(':')[2])

class ListFile extends TrapServer {
  text = lines(1, 2)
  version = 1

  protected override answer({ headers }: IncomingMessage): Answer {
    if (headers.authorization !== 'Bearer token') return { status: 401, type: 'text/plain', body: '' }
    const etag = `"${this.version}"`
    return headers['if-none-match'] === etag
      ? { status: 304, type: 'text/plain', body: '' }
      : { type: 'text/plain', body: this.text, headers: { etag } }
  }
}

const fileClient = (server: ListFile, connection: Connection = CONNECTION): ListClient =>
  new FileClient({
    url: `${server.origin}/list.txt`,
    form: { format: 'lines' },
    credentials: () => ({ authorization: 'Bearer token' }),
    connection,
  })

test('a file behind an address is the whole list, and is read again only when it has changed', async () => {
  const server = await listening(new ListFile())
  const client = fileClient(server)
  const first = await readRange(client)
  expect(ids(first)).toEqual(['file-1', 'file-2'])
  const second = await readRange(client, first.range)
  expect(second.pages).toEqual([])
  expect(second.range.checkpoint).toBe(first.range.checkpoint)
  server.text = lines(2, 3)
  server.version++
  const third = await readRange(client, second.range)
  expect(ids(third)).toEqual(['file-2', 'file-3'])
})

test('a file that is cut off on its way has no end, and so has no checkpoint', async () => {
  const server = await listening(new ListFile())
  server.faults.push({ kind: 'cut-off' })
  expect(await failureOf(readRange(fileClient(server)))).toBe('unreachable')
})

test('a file may take longer than the limit, as long as the server goes on sending; silence ends it', async () => {
  const server = await listening(new ListFile())
  server.text = lines(...Array.from({ length: 100 }, (_, n) => n))
  server.faults.push({ kind: 'in-pieces', everyMs: 300 }, { kind: 'hangs' })
  const client = fileClient(server, { timeoutMs: 2_000 })
  expect(ids(await readRange(client))).toHaveLength(100)
  expect(await failureOf(readRange(client))).toBe('too-slow')
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hashwarden-folder-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

let minute = 0
/** Puts a file into a folder by a rename, with a time later than those before. */
function put(path: string, name: string, content: string | Buffer): void {
  const unfinished = join(path, `.${name}`)
  writeFileSync(unfinished, content)
  const time = new Date(Date.UTC(2026, 0, 1, 0, minute++))
  utimesSync(unfinished, time, time)
  renameSync(unfinished, join(path, name))
}

/** A file counts once two looks have found it the same. */
async function look(client: ListClient, checkpoint?: string): Promise<Awaited<ReturnType<typeof readRange>>> {
  const first = await readRange(client, { checkpoint })
  expect(first.pages).toEqual([])
  return readRange(client, first.range)
}

test('files of a folder are read once each, the oldest first, packed ones too', async () => {
  const path = await folder()
  put(path, 'b.txt', lines(1))
  put(path, 'a.txt.gz', gzipSync(lines(2)))
  mkdirSync(join(path, 'a folder'))
  writeFileSync(join(path, '.unfinished'), lines(9))
  writeFileSync(join(path, 'half.part'), lines(9))
  const client = new FolderClient({ path, form: { format: 'lines' }, isComplete: false })
  const first = await look(client)
  expect(ids(first)).toEqual(['file-1', 'file-2'])
  put(path, 'c.txt', lines(3))
  put(path, 'b.txt', lines(4))
  const second = await look(client, first.range.checkpoint)
  expect(ids(second)).toEqual(['file-3', 'file-4'])
  // Another daemon goes on from the same checkpoint.
  const other = new FolderClient({ path, form: { format: 'lines' }, isComplete: false })
  expect((await readRange(other, second.range)).pages).toEqual([])
  expect((await readRange(other, second.range)).pages).toEqual([])
})

test('where the newest file is the whole list, older ones say nothing any more', async () => {
  const path = await folder()
  put(path, 'one.txt', lines(1))
  put(path, 'two.txt', lines(2))
  const client = new FolderClient({ path, form: { format: 'lines' }, isComplete: true })
  const first = await look(client)
  expect(ids(first)).toEqual(['file-2'])
  expect((await readRange(client, first.range)).pages).toEqual([])
})

test('a damaged file of a folder is refused, and one that is not there any more is an error', async () => {
  const path = await folder()
  put(path, 'a.txt.gz', gzipSync(lines(1, 2, 3)).subarray(0, 40))
  const client = new FolderClient({ path, form: { format: 'lines' }, isComplete: false })
  await readRange(client)
  expect(await failureOf(readRange(client))).toBe('damaged-list')
  const none = new FolderClient({ path: join(path, 'none'), form: { format: 'lines' }, isComplete: false })
  expect(await failureOf(readRange(none))).toBe('not-there')
})

test('a checkpoint of a folder names no file', async () => {
  const path = await folder()
  put(path, 'operation-name.txt', lines(1))
  const { range } = await look(new FolderClient({ path, form: { format: 'lines' }, isComplete: false }))
  expect(range.checkpoint).toMatch(/^[0-9a-f]{16}$/)
})

test('the items of a file of a folder can be read twice: first they are counted, then published', async () => {
  const path = await folder()
  put(path, 'a.txt', lines(1, 2))
  const client = new FolderClient({ path, form: { format: 'lines' }, isComplete: false })
  await readRange(client)
  const { value } = await client.read({ checkpoint: undefined, checkedAt: undefined }).next()
  for (let times = 0; times < 2; times++) {
    let items = 0
    if (value && 'items' in value) for await (const some of value.items) items += some.length
    expect(items).toBe(2)
  }
})
