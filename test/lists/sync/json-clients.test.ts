import { expect, test } from 'vitest'
import { StopNciiClient } from '../../../src/lists/sync/stopncii-client.ts'
import { TatClient } from '../../../src/lists/sync/tat-client.ts'
import { ThreatExchangeClient } from '../../../src/lists/sync/threatexchange-client.ts'
import type { ListClient } from '../../../src/lists/sync/list-client.ts'
import { StopNciiServer } from '../servers/stopncii-server.ts'
import { TatServer } from '../servers/tat-server.ts'
import { ThreatExchangeServer } from '../servers/threatexchange-server.ts'
import { CONNECTION, failureOf, listening, readRange, said } from './reading.ts'

const md5 = (n: number): string => n.toString(16).padStart(32, 'a')

/** What is left of items in their order, by type and value. */
function left(items: readonly string[]): readonly string[] {
  const live = new Set<string>()
  for (const item of items) {
    if (item.startsWith('-')) {
      const id = item.slice(1)
      for (const one of live) if (one.endsWith(id) || one.includes(`:${id}`)) live.delete(one)
    } else live.add(item)
  }
  return [...live]
}

const valuesOf = (items: readonly string[]): readonly string[] =>
  items.map((item) => item.split(':').slice(0, 2).join(':')).toSorted()

const stopNcii = (server: StopNciiServer): ListClient =>
  new StopNciiClient({
    base: server.base,
    credentials: () => ({
      'x-functions-key': server.credentials.functionsKey,
      'Ocp-Apim-Subscription-Key': server.credentials.subscriptionKey,
    }),
    connection: CONNECTION,
    pageSize: 800,
    clock: Date.now,
  })

test('StopNCII: pages are read to the end, withdrawn values go, texts and addresses are left out', async () => {
  const server = await listening(new StopNciiServer(4))
  for (let n = 0; n < 10; n++) server.say('VideoMD5', md5(n), n % 2 ? 'Active' : 'Received')
  server.say('Text', 'a text that a person wrote', 'Active')
  server.say('URL', 'https://example.org/a', 'Active')
  server.say('VideoMD5', md5(3), 'Withdrawn')
  server.say('VideoMD5', md5(4), 'Deleted')
  const { pages, range } = await readRange(stopNcii(server))
  expect(valuesOf(left(said(pages)))).toEqual(server.truth())
  expect(pages).toHaveLength(4)
  expect(JSON.stringify(pages)).not.toMatch(/a person wrote|example\.org/)
  server.say('VideoMD5', md5(3), 'Active')
  const again = await readRange(stopNcii(server), range)
  expect(said(again.pages)).toContain(`md5:${md5(3)}:${md5(3)}`)
  expect(server.asked.at(-1)?.target).toContain('startTimestamp=1013')
})

test('StopNCII: with nothing new the checkpoint stays, also if the page says no time', async () => {
  const server = await listening(new StopNciiServer())
  server.say('VideoMD5', md5(1), 'Active')
  const { range } = await readRange(stopNcii(server))
  server.bend = () => ({ count: 0, hasMoreRecords: false, nextSetTimestamp: null, hashRecords: [] })
  expect((await readRange(stopNcii(server), range)).range.checkpoint).toBe(range.checkpoint)
})

test.each([
  ['that says there is more and has no token', { nextPageToken: null, hasMoreRecords: true }, 'bad-paging'],
  ['whose token came before', { nextPageToken: '2', hasMoreRecords: true }, 'bad-paging'],
  ['whose time goes back', { nextSetTimestamp: 5 }, 'bad-paging'],
  ['whose time is no number', { nextSetTimestamp: 'soon' }, 'corrupt-page'],
  ['with another count than it says', { count: 999 }, 'corrupt-page'],
  ['without records', { hashRecords: undefined }, 'corrupt-page'],
  ['that says as a text whether there is more', { hasMoreRecords: 'true' }, 'corrupt-page'],
  ['that does not say whether there is more', { hasMoreRecords: undefined }, 'corrupt-page'],
  ['with a token, that says there is no more', { nextPageToken: '2', hasMoreRecords: false }, 'bad-paging'],
  ['whose time lies ahead', { nextSetTimestamp: 4_000_000_000 }, 'bad-paging'],
  ['whose time, in milliseconds, lies ahead', { nextSetTimestamp: 4_000_000_000_000 }, 'bad-paging'],
])('StopNCII: a page %s is refused', async (_, fields, code) => {
  const server = await listening(new StopNciiServer(2))
  for (let n = 0; n < 3; n++) server.say('VideoMD5', md5(n), 'Active')
  server.bend = (page) => ({ ...page, ...fields })
  expect(await failureOf(readRange(stopNcii(server)))).toBe(code)
})

test('StopNCII: a page of broken JSON with status 200 is refused, and nothing of it gets out', async () => {
  const server = await listening(new StopNciiServer())
  server.say('VideoMD5', md5(1), 'Active')
  server.faults.push({ kind: 'corrupt' })
  expect(await failureOf(readRange(stopNcii(server)))).toBe('corrupt-page')
  expect(said((await readRange(stopNcii(server))).pages)).toHaveLength(1)
})

test('StopNCII: a checkpoint ahead of the time is trouble', async () => {
  const server = await listening(new StopNciiServer())
  expect(await failureOf(readRange(stopNcii(server), { checkpoint: '4000000000' }))).toBe('clock')
  expect(server.asked).toEqual([])
})

const tat = (server: TatServer, password = server.credentials.password): ListClient =>
  new TatClient({
    base: server.base,
    credentials: () => ({ ...server.credentials, password }),
    connection: CONNECTION,
  })

test('Tech Against Terrorism: pages, deletions and new fields are read, and an empty checkpoint keeps the old one', async () => {
  const server = await listening(new TatServer(3))
  for (let n = 1; n <= 8; n++) server.put(n, 'MD5', md5(n))
  const client = tat(server)
  const first = await readRange(client)
  expect(said(first.pages).toSorted()).toEqual(server.truth())
  expect(first.range.checkpoint).toMatch(/^1724856\d+\.\d+,8$/)
  const nothingNew = await readRange(client, first.range)
  expect(nothingNew.range.checkpoint).toBe(first.range.checkpoint)
  server.put(2, 'MD5', md5(2), true)
  const second = await readRange(client, first.range)
  expect(said(second.pages)).toEqual(['-2'])
})

test('Tech Against Terrorism: a token that ended is bought anew, and a wrong password is an error', async () => {
  const server = await listening(new TatServer(3))
  server.put(1, 'MD5', md5(1))
  const client = tat(server)
  await readRange(client)
  server.forgetTokens()
  expect(said((await readRange(client)).pages)).toHaveLength(1)
  expect(await failureOf(readRange(tat(server, 'wrong')))).toBe('refused')
  for (const { target } of server.asked) expect(target).not.toMatch(/password|token-\d/)
})

test.each([
  ['on another server', () => 'https://elsewhere.example/tcap/api/hash-list/v2/all?after=1'],
  ['outside of the list', (next: string) => next.replace('/api/hash-list/v2/all', '/admin')],
  ['that came before', (next: string) => next.replace(/after=.*/, 'after=0')],
])('Tech Against Terrorism: a next page %s is not asked for', async (_, bend) => {
  const server = await listening(new TatServer(3))
  for (let n = 1; n <= 8; n++) server.put(n, 'MD5', md5(n))
  server.bendNext = bend
  expect(await failureOf(readRange(tat(server)))).toBe('bad-paging')
  expect(server.asked.filter(({ target }) => target.includes('admin'))).toEqual([])
})

/** In milliseconds since 1970: the server's, and ours where it is another. */
interface Clock {
  nowMs: number
  oursMs?: number
}

async function threatExchange(): Promise<{
  readonly server: ThreatExchangeServer
  readonly clock: Clock
  readonly client: ListClient
}> {
  const clock: Clock = { nowMs: Date.parse('2026-03-04T05:06:07Z') }
  const server = await listening(new ThreatExchangeServer(() => Math.floor(clock.nowMs / 1000), 3))
  const client = new ThreatExchangeClient({
    base: server.base,
    privacyGroup: server.privacyGroup,
    token: () => server.token,
    connection: CONNECTION,
    clock: () => clock.oursMs ?? clock.nowMs,
  })
  return { server, clock, client }
}

test('ThreatExchange: the whole group first, then updates, in which no descriptor means gone', async () => {
  const { server, clock, client } = await threatExchange()
  for (let n = 1; n <= 8; n++) server.put(String(n), 'HASH_MD5', md5(n), 'MALICIOUS')
  // Behind the overlap of the ranges.
  clock.nowMs += 120_000
  const first = await readRange(client)
  expect(valuesOf(said(first.pages))).toEqual(server.truth())
  clock.nowMs += 3_600_000
  server.put('1', 'HASH_MD5', md5(1), undefined)
  server.put('2', 'HASH_MD5', md5(2), 'MALICIOUS', true)
  const checkedAt = new Date(clock.nowMs - 3_600_000).toISOString()
  const second = await readRange(client, { ...first.range, checkedAt })
  expect(said(second.pages).toSorted()).toEqual([`-${md5(1)}`, `-${md5(2)}`])
  for (const { target } of server.asked) expect(target).not.toContain(server.token)
})

test('ThreatExchange: a copy that was checked 86 days ago is fetched anew, as the whole list', async () => {
  const { server, clock, client } = await threatExchange()
  server.put('1', 'HASH_MD5', md5(1), 'MALICIOUS')
  const { range } = await readRange(client)
  const checkedAt = new Date(clock.nowMs).toISOString()
  const isComplete = async (): Promise<boolean | undefined> => {
    const { value } = await client
      .read({ checkpoint: range.checkpoint, checkedAt }, new AbortController().signal)
      .next()
    return value && 'isComplete' in value ? value.isComplete : undefined
  }
  clock.nowMs += 84 * 86_400_000
  expect(await isComplete()).not.toBe(true)
  clock.nowMs += 2 * 86_400_000
  expect(await isComplete()).toBe(true)
})

test.each([
  ['on another server', () => 'https://elsewhere.example/v20.0/1/threat_updates/'],
  ['of another group', (next: string) => next.replace(/v20\.0\/\d+/, 'v20.0/1')],
  ['that came before', (next: string) => next.replace(/&after=\d+/, '')],
])('ThreatExchange: a next page %s is not asked for', async (_, bend) => {
  const { server, client } = await threatExchange()
  for (let n = 1; n <= 8; n++) server.put(String(n), 'HASH_MD5', md5(n), 'MALICIOUS')
  server.bendNext = bend
  expect(await failureOf(readRange(client))).toBe('bad-paging')
})

test('ThreatExchange: the next range begins by the earlier of the two clocks, and the difference is a problem', async () => {
  const { server, clock, client } = await threatExchange()
  server.put('1', 'HASH_MD5', md5(1), 'MALICIOUS')
  clock.oursMs = clock.nowMs + 365 * 86_400_000
  const { range } = await readRange(client)
  expect(range.checkpoint).toBe(String(clock.nowMs / 1_000 - 60))
  expect(range.problem?.code).toBe('clock')
  clock.oursMs = clock.nowMs - 3_600_000
  const checkedAt = new Date(clock.oursMs).toISOString()
  expect(await failureOf(readRange(client, { checkpoint: range.checkpoint, checkedAt }))).toBe('clock')
})
