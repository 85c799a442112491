import { expect, test } from 'vitest'
import { basic } from '../../../src/lists/sync/https-request.ts'
import { NcmecClient } from '../../../src/lists/sync/ncmec-client.ts'
import { NcmecServer, type NcmecServerOptions, type ServedFile } from '../servers/ncmec-server.ts'
import { TrapServer, type Answer } from '../servers/trap-server.ts'
import { CONNECTION, failureOf, listening, readRange, readUpToNow, said } from './reading.ts'

const START_MS = Date.parse('2026-03-04T05:06:07Z')

/** In milliseconds since 1970: the server's, and ours where it is another. */
interface Clock {
  nowMs: number
  oursMs?: number
}

/** A server whose clock the test moves. */
async function start(options: NcmecServerOptions = {}): Promise<{
  readonly server: NcmecServer
  readonly clock: Clock
  readonly client: (manyPages?: number, password?: string) => NcmecClient
}> {
  const clock: Clock = { nowMs: START_MS }
  const server = await listening(new NcmecServer({ clock: () => clock.nowMs, ...options }))
  const client = (manyPages?: number, password = server.credentials.password): NcmecClient =>
    new NcmecClient({
      base: server.base,
      authorization: () => basic(server.credentials.username, password),
      connection: CONNECTION,
      sinceMs: Date.parse('2026-01-01'),
      clock: () => clock.oursMs ?? clock.nowMs,
      ...(manyPages === undefined ? {} : { manyPages }),
    })
  return { server, clock, client }
}

const file = (n: number, fields: Partial<ServedFile> = {}): ServedFile => ({
  member: 1 + (n % 3),
  id: `file-${n}`,
  isVideo: n % 4 === 0,
  ...(n % 5 === 0 ? {} : { classification: 'A1' }),
  fingerprints: { md5: n.toString(16).padStart(32, 'a') },
  ...fields,
})

const entriesAsked = (server: NcmecServer): readonly string[] =>
  server.asked.map(({ target }) => target).filter((target) => target.includes('/v2/entries'))

test('a whole base comes by ranges of pages in no order, videos and entries without a class included', async () => {
  const { server, clock, client } = await start()
  for (let n = 0; n < 47; n++) {
    server.put(file(n))
    clock.nowMs += 3_600_000
  }
  const readings = await readUpToNow(client())
  expect(readings.flatMap(({ pages }) => said(pages)).toSorted()).toEqual(server.truth())
  expect(readings.length).toBeGreaterThan(1)
  expect(readings.at(-1)?.range.newestAt).toMatch(/^2026-03-0\dT/)
})

test('a tombstone withdraws the file, and the newer state of an entry comes with the next range', async () => {
  const { server, clock, client } = await start()
  for (const n of [1, 2, 3]) server.put(file(n))
  clock.nowMs += 60_000
  const reader = client()
  const before = await readUpToNow(reader)
  server.delete(file(1))
  server.put(file(2, { fingerprints: { sha1: 'b'.repeat(40) } }))
  clock.nowMs += 60_000
  const { pages } = await readRange(reader, { checkpoint: before.at(-1)?.range.checkpoint })
  // The overlap brings what was there before once more.
  expect(said(pages)).toContain(`-${file(1).member}/file-1`)
  expect(said(pages)).toContain(`sha1:${'b'.repeat(40)}:${file(2).member}/file-2`)
})

test('a range ends five seconds before now by the clock of the server, and an empty one is read to its end', async () => {
  const { server, clock, client } = await start()
  const { range, pages } = (await readUpToNow(client())).at(-1) ?? {}
  expect(pages?.flat()).toEqual([])
  expect(range?.checkpoint).toMatch('2026-03-04T05:06:02Z')
  expect(range?.hasMore).toBe(false)
  server.put(file(1))
  clock.nowMs += 4_000
  const early = await readRange(client(), { checkpoint: range?.checkpoint })
  expect(said(early.pages)).toEqual([])
  clock.nowMs += 4_000
  const late = await readRange(client(), { checkpoint: early.range.checkpoint })
  expect(said(late.pages)).toEqual(server.truth())
})

test('the end of a range that reached now is read again, for entries that came late', async () => {
  const { server, clock, client } = await start()
  const { checkpoint } = (await readUpToNow(client())).at(-1)?.range ?? {}
  // Its time lies before the checkpoint: it became readable afterwards.
  clock.nowMs -= 20_000
  server.put(file(1))
  clock.nowMs += 86_400_000
  const { pages } = await readRange(client(), { checkpoint })
  expect(said(pages)).toEqual(server.truth())
})

test('thousands of entries in one second are read to their end, and longer ranges are given up for shorter ones', async () => {
  const { server, clock, client } = await start({ pageSize: 5 })
  for (let n = 0; n < 60; n++) {
    server.put(file(n, { id: `spread-${n}` }))
    clock.nowMs += 60_000
  }
  for (let n = 0; n < 200; n++) server.put(file(n, { id: `dense-${n}` }))
  clock.nowMs += 60_000
  const readings = await readUpToNow(client(6))
  const all = new Set(readings.flatMap(({ pages }) => said(pages)))
  expect([...all].toSorted()).toEqual([...new Set(server.truth())].toSorted())
  expect(Math.max(...readings.map(({ pages }) => pages.length))).toBeGreaterThanOrEqual(40)
})

test.each([
  ['on another server', () => '//elsewhere.example/hashsharing/v2/entries'],
  ['with a whole address', () => 'https://elsewhere.example/v2/entries'],
  ['with a user before the host', () => '@elsewhere.example/v2/entries'],
  ['outside of the base', () => '/v2/../../other/v2/entries'],
  ['that does not begin with /v2/', () => '/v3/entries'],
  ['of a range that begins later', (next: string) => next.replace('from=2026-0', 'from=2027-0')],
  ['of a range that ends later', (next: string) => next.replace('to=2026-0', 'to=2027-0')],
  ['that came before', () => undefined],
])('a next page %s is not asked for', async (_, bend) => {
  const { server, clock, client } = await start({ pageSize: 2 })
  for (let n = 0; n < 5; n++) server.put(file(n))
  clock.nowMs += 60_000
  let first: string | undefined
  server.bendNext = (next) => bend(next) ?? (first ??= next)
  const reader = client()
  expect(await failureOf(readUpToNow(reader))).toBe('bad-paging')
  expect(new Set(entriesAsked(server)).size).toBe(entriesAsked(server).length)
  for (const { target } of server.asked) expect(target).toMatch(/^\/hashsharing\/v2\//)
})

test.each([
  { kind: 'corrupt' } as const,
  { kind: 'body', body: '' } as const,
  { kind: 'body', body: '<html/>' } as const,
])('a page with status 200 that is %j is refused, and the range has no end', async (fault) => {
  const { server, clock, client } = await start()
  server.put(file(1))
  clock.nowMs += 60_000
  server.faults.push(fault)
  expect(await failureOf(readUpToNow(client()))).toBe('corrupt-page')
  expect((await readUpToNow(client())).flatMap(({ pages }) => said(pages))).toEqual(server.truth())
})

test('wrong credentials are an error of their own', async () => {
  const { client } = await start()
  expect(await failureOf(readRange(client(undefined, 'wrong')))).toBe('refused')
})

test('a server that says no time is refused: without it the end of a range is a guess', async () => {
  class Timeless extends TrapServer {
    protected override answer(): Answer {
      return { type: 'text/plain', body: '', headers: { date: 'today' } }
    }
  }
  const server = await listening(new Timeless())
  const client = new NcmecClient({
    base: server.origin,
    authorization: () => '',
    connection: CONNECTION,
    sinceMs: 0,
    clock: Date.now,
  })
  expect(await failureOf(readRange(client))).toBe('unexpected-answer')
})

test('a server whose clock is ahead moves no checkpoint beyond our time, and the difference is a problem', async () => {
  const { server, clock, client } = await start()
  clock.oursMs = START_MS
  clock.nowMs = START_MS + 365 * 86_400_000
  const wrong = (await readUpToNow(client())).at(-1)?.range
  expect(wrong?.checkpoint).toMatch('2026-03-04T05:06:02Z')
  expect(wrong?.problem?.code).toBe('clock')
  clock.nowMs = START_MS + 30_000
  clock.oursMs = clock.nowMs
  server.put(file(1))
  clock.nowMs += 60_000
  clock.oursMs = clock.nowMs
  const right = await readRange(client(), { checkpoint: wrong?.checkpoint })
  expect(said(right.pages)).toEqual(server.truth())
  expect(right.range.problem).toBeUndefined()
})

test('a checkpoint ahead of the time is trouble: it is not taken for a list without changes', async () => {
  const { client } = await start()
  expect(await failureOf(readRange(client(), { checkpoint: '2027-03-04T05:06:07Z caught-up' }))).toBe('clock')
})

test('a range that ends a few seconds before now is read again at its end, as one that ends now', async () => {
  const { server, clock, client } = await start()
  // By its first range, of 30 days, the client is 20 seconds short of the settled end.
  clock.nowMs = Date.parse('2026-01-31T00:00:25Z')
  const { range } = await readRange(client())
  expect(range).toMatchObject({ hasMore: true, checkpoint: expect.stringMatching(/^2026-01-31T00:00:00Z/) })
  // It became readable afterwards.
  clock.nowMs = Date.parse('2026-01-30T23:59:50Z')
  server.put(file(1))
  clock.nowMs = Date.parse('2026-01-31T00:05:00Z')
  expect(said((await readRange(client(), range)).pages)).toEqual(server.truth())
})

test('a base may be a server without a path, and may end with a slash', async () => {
  const { server, clock } = await start({ path: '', pageSize: 2 })
  for (let n = 0; n < 5; n++) server.put(file(n))
  clock.nowMs += 60_000
  for (const base of [server.origin, `${server.origin}/`]) {
    const client = new NcmecClient({
      base,
      authorization: () => basic(server.credentials.username, server.credentials.password),
      connection: CONNECTION,
      sinceMs: Date.parse('2026-01-01'),
      clock: () => clock.nowMs,
    })
    const readings = await readUpToNow(client)
    expect(readings.flatMap(({ pages }) => said(pages)).toSorted()).toEqual(server.truth())
  }
})

const imageElement = (n: number): string =>
  `<image><member id="1">A</member><timestamp>2026-01-02T00:00:00Z</timestamp><id>${n}</id><classification>A1</classification><fingerprints><md5>${n.toString(16).padStart(32, 'a')}</md5></fingerprints></image>`

test('a page of a quarter of a million records is read', async () => {
  const { server, clock, client } = await start()
  clock.nowMs += 60_000
  const entries = Array.from({ length: 250_000 }, (_, n) => imageElement(n)).join('')
  server.faults.push({
    kind: 'body',
    body: `<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images count="250000" maxTimestamp="2026-01-02T00:00:00Z">${entries}</images></queryResult>`,
  })
  const { pages } = await readRange(client())
  expect(pages[0]).toHaveLength(250_000)
}, 60_000)
