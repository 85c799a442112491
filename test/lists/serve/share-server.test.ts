// Who may read, and what the endpoint does when it can't know all.
import { rmSync, writeFileSync } from 'node:fs'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newPassword, SignIn } from '../../../src/lists/serve/client-sign-in.ts'
import { serveShared } from '../../../src/lists/serve/share-server.ts'
import { SharedFiles } from '../../../src/lists/serve/shared-files.ts'
import { LogClosedError } from '../../../src/log/log-faults.ts'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { CLIENT, entryOf, hashOf, openSharing, PASSWORD, SharedTopic } from './shared-topic.ts'
import { basic, secretFile, settingsOf, startSharing } from './sharing.ts'

const READER = CLIENT

describe('a client', () => {
  test('is refused without a password, with a wrong one, and under another name', async () => {
    const { url } = await startSharing(await SharedTopic.make())
    const statusOf = async (authorization?: string): Promise<number> =>
      (await fetch(`${url}/v2/status`, authorization === undefined ? {} : { headers: { authorization } }))
        .status
    expect(await statusOf()).toBe(401)
    expect(await statusOf(basic('reader', 'wrong'))).toBe(401)
    expect(await statusOf(basic('stranger'))).toBe(401)
    expect(await statusOf('Bearer abc')).toBe(401)
    expect(await statusOf(basic('reader'))).toBe(200)
  })

  test('may sign in by both of two passwords while one replaces the other, and a new file counts at once', async () => {
    const file = secretFile(`${hashOf('old')}\n${hashOf('new')}\n`)
    const client = { ...READER, passwordHash: { file } }
    const { url } = await startSharing(await SharedTopic.make(), [], { clients: [client] })
    const statusOf = async (password: string): Promise<number> =>
      (await fetch(`${url}/v2/status`, { headers: { authorization: basic('reader', password) } })).status
    expect(await Promise.all(['old', 'new'].map(statusOf))).toEqual([200, 200])
    writeFileSync(file, hashOf('new'))
    expect(await Promise.all(['old', 'new'].map(statusOf))).toEqual([401, 200])
  })

  test('whose file is gone is refused as an unknown one is, and signs in again when it is back', async () => {
    const file = secretFile(hashOf(PASSWORD))
    const client = { ...READER, passwordHash: { file } }
    const { get } = await startSharing(await SharedTopic.make(), [], { clients: [client] })
    rmSync(file)
    const [known, unknown] = [await get('/v2/status'), await get('/v2/status', 'stranger')]
    expect(known).toEqual(unknown)
    expect(known.status).toBe(401)
    writeFileSync(file, hashOf(PASSWORD), { mode: 0o600 })
    expect((await get('/v2/status')).status).toBe(200)
  })

  test('is refused under an unknown name with the work that a known name takes', () => {
    let reads = 0
    const file = secretFile(hashOf(PASSWORD))
    const client = {
      ...READER,
      get passwordHash() {
        reads++
        return { file }
      },
    }
    const signIn = new SignIn([client], createTelemetry('silent').logger)
    const readsOf = (authorization: string): number => {
      const before = reads
      expect(signIn.signIn(authorization).refused).toBeDefined()
      return reads - before
    }
    expect(readsOf(basic('stranger'))).toBe(1)
    expect(readsOf(basic('reader', 'wrong'))).toBe(1)
    expect(signIn.signIn(basic('reader'))).toMatchObject({ client: { name: 'reader' } })
  })

  test('at an address that asks too much is refused before the sign-in, with a right password, too', async () => {
    const { get } = await startSharing(await SharedTopic.make(), [READER], { requestsPerMinute: 60 })
    const statuses = await Promise.all(
      Array.from({ length: 121 }, async () => (await get('/v2/status', 'stranger')).status),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(60)
    expect((await get('/v2/status')).status).toBe(429)
    expect((await get('/no/such/path')).status).toBe(429)
  })

  test('gets a new password that the printed hash proves', () => {
    const { password, passwordHash } = newPassword()
    expect(passwordHash).toBe(hashOf(password))
    expect(password).not.toBe(newPassword().password)
  })

  test('may ask 200 times at once, and is slowed beyond its limit, by itself', async () => {
    const other = { ...READER, name: 'other' }
    const { get } = await startSharing(await SharedTopic.make(), [READER, other], { requestsPerMinute: 200 })
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await get('/v2/status')).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect((await get('/v2/status')).status).toBe(429)
    expect((await get('/v2/status', 'other')).status).toBe(200)
  })
})

describe('the endpoint', () => {
  test('refuses to listen beyond loopback without TLS, and to start with a file that holds no hash', async () => {
    const { metrics, logger } = createTelemetry('silent')
    const files = new SharedFiles()
    const feed = { topicId: undefined, catchUp: async () => {} }
    const start = (settings: Parameters<typeof serveShared>[0]['settings']) =>
      serveShared({ settings, files, feed, logger, metrics })
    await expect(start(settingsOf([READER], { host: '0.0.0.0' }))).rejects.toThrow('sharing.tls')
    const client = { ...READER, passwordHash: { file: secretFile(PASSWORD) } }
    await expect(start(settingsOf([], { clients: [client] }))).rejects.toThrow('--new-password')
  })

  test('answers a wrong range with what is wrong, and never quotes it', async () => {
    const { get } = await startSharing(await SharedTopic.make())
    for (const query of ['from=yesterday', 'to=2026-01-10', 'start=-1', 'from=2026-01-01T00:00:00Z&from=x']) {
      const { status, text } = await get(`/v2/entries?${query}`)
      expect(status, query).toBe(400)
      expect(text).not.toContain('yesterday')
    }
  })

  test('answers 503 while it cannot know whether a range is complete, and goes on when Kafka is back', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('f-1'))
    const { get, feed } = await startSharing(topic)
    expect((await get('/v2/entries')).status).toBe(200)
    const offsets = topic.log.offsets.bind(topic.log)
    topic.log.offsets = () => Promise.reject(new Error('Kafka is away.'))
    expect((await get('/v2/entries')).status).toBe(503)
    topic.log.offsets = offsets
    expect((await get('/v2/entries')).status).toBe(200)
    await feed.stop()
  })

  test('says in its log once that readers get 503, and why', async () => {
    const lines: { readonly level: number; readonly msg: string; readonly reason?: string }[] = []
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
    const topic = await SharedTopic.make()
    const { url, close } = await openSharing(topic, settingsOf([READER]), logger)
    onTestFinished(close)
    topic.log.offsets = () => Promise.reject(new LogClosedError())
    for (let n = 0; n < 3; n++)
      await fetch(`${url}/v2/entries`, { headers: { authorization: basic('reader') } })
    const told = lines.filter(({ msg }) => msg.startsWith('Readers get 503'))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ reason: expect.stringContaining('LogClosedError') })
  })

  test('names in its log the client that it refuses if it is one of ours, and nothing that a stranger wrote', async () => {
    const lines: object[] = []
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
    const { url, close } = await openSharing(await SharedTopic.make(), settingsOf([READER]), logger)
    onTestFinished(close)
    for (const authorization of [basic('reader', 'wrong'), basic('stranger')])
      await fetch(`${url}/v2/status`, { headers: { authorization } })
    expect(lines).toMatchObject([
      { client: 'reader', refused: 'wrong-password' },
      { client: 'unknown', refused: 'unknown-client' },
    ])
    expect(JSON.stringify(lines)).not.toContain('stranger')
  })

  test('waits for a record that is in the topic when the request comes', async () => {
    const topic = await SharedTopic.make()
    const { get } = await startSharing(topic)
    await Promise.all(Array.from({ length: 20 }, async (_, n) => topic.put(entryOf(`f-${n}`))))
    const { text } = await get('/v2/entries')
    expect(text).toContain('<images count="20"')
  })

  test('takes no feedback, and says so where clients look for reasons', async () => {
    const { url, get } = await startSharing(await SharedTopic.make())
    expect((await get('/v2/feedback/MD5/reasons')).text).toContain('<availableFeedbackReasons/>')
    const answer = await fetch(`${url}/v2/entries/1/f-1/MD5/feedback`, {
      method: 'PUT',
      headers: { authorization: basic('reader') },
    })
    expect(answer.status).toBe(404)
  })

  test('counts requests and files by the kind of question, and nothing by what a client wrote', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('f-1'))
    const { get, metrics } = await startSharing(topic)
    await get('/v2/entries')
    await get('/whatever/they/wrote')
    await get('/v2/status', 'stranger')
    const text = await metrics.registry.getSingleMetricAsString('hashwarden_share_requests_total')
    expect(text).toContain('{route="entries",status="2xx"} 1')
    expect(text).toContain('{route="none",status="4xx"} 1')
    expect(text).toContain('{route="status",status="4xx"} 1')
    expect(await metrics.registry.getSingleMetricAsString('hashwarden_share_entries_total')).toContain(' 1')
  })

  test('counts those that it refuses by why, so that a client who is locked out is seen beside strangers who try', async () => {
    const file = secretFile(hashOf(PASSWORD))
    const settings = { requestsPerMinute: 2, clients: [{ ...READER, passwordHash: { file } }] }
    const { url, metrics } = await startSharing(await SharedTopic.make(), [], settings)
    const refused = async (): Promise<Record<string, number>> => {
      const { values } = await metrics.shareRefused.get()
      return Object.fromEntries(
        values.filter(({ value }) => value > 0).map(({ labels, value }) => [labels.code, value]),
      )
    }
    const ask = (authorization: string): Promise<Response> =>
      fetch(`${url}/v2/status`, { headers: { authorization } })
    await ask(basic('reader', 'wrong'))
    await ask(basic('stranger'))
    expect(await refused()).toEqual({ 'wrong-password': 1, 'unknown-client': 1 })
    expect((await ask(basic('stranger'))).status).toBe(429)
    rmSync(file)
    // A second address is not to be had here: the fifth request of this one is beyond what an address may.
    expect((await ask(basic('reader'))).status).toBe(429)
    expect((await ask(basic('reader'))).status).toBe(429)
    // A stranger beyond a limit is a stranger still, and a client whose file is gone is named as such.
    expect(await refused()).toEqual({
      'wrong-password': 1,
      'unknown-client': 2,
      'password-file': 1,
      'address-too-many': 1,
    })
  })

  test('counts a client that asks too often, and one whose password hash here is gone, apart from strangers', async () => {
    const file = secretFile(hashOf(PASSWORD))
    const settings = { requestsPerMinute: 1, clients: [{ ...READER, passwordHash: { file } }] }
    const { get, metrics } = await startSharing(await SharedTopic.make(), [], settings)
    await get('/v2/status')
    expect((await get('/v2/status')).status).toBe(429)
    expect(await metrics.registry.getSingleMetricAsString('hashwarden_share_refused_total')).toContain(
      '{code="too-many"} 1',
    )
    const other = await startSharing(await SharedTopic.make(), [], { ...settings, requestsPerMinute: 10 })
    rmSync(file)
    await other.get('/v2/status')
    expect(await other.metrics.registry.getSingleMetricAsString('hashwarden_share_refused_total')).toContain(
      '{code="password-file"} 1',
    )
  })

  test('tells how old its view of the topic is, from the first time that it has all of it', async () => {
    const topic = await SharedTopic.make()
    const { get, metrics } = await startSharing(topic)
    await get('/v2/entries')
    const age = async (): Promise<number> =>
      Number(
        /^hashwarden_\S+ (\S+)$/m.exec(
          await metrics.registry.getSingleMetricAsString('hashwarden_share_known_age_seconds'),
        )?.[1],
      )
    expect(await age()).toBeLessThan(60)
    const { metrics: unread } = createTelemetry('silent')
    expect(await unread.registry.getSingleMetricAsString('hashwarden_share_known_age_seconds')).not.toMatch(
      /^hashwarden/m,
    )
    topic.log.offsets = () => Promise.reject(new Error('Kafka is away.'))
    const before = await age()
    await get('/v2/entries')
    await expect.poll(age).toBeGreaterThan(before)
  })
})

test('a topic that is recreated ends the sharing: its offsets mean something else', async () => {
  const topic = await SharedTopic.make()
  await topic.put(entryOf('f-1'))
  const { feed, get } = await startSharing(topic)
  expect((await get('/v2/entries')).status).toBe(200)
  await topic.log.produce('known-hashes', [
    { key: '_topic', value: '{"schema":"topic/1","topicId":"11111111-0000-4000-8000-000000000000"}' },
  ])
  expect((await get('/v2/entries')).status).toBe(503)
  expect(feed.lost.reason).toMatchObject({ code: 'SHARED_SET_LOST' })
})
