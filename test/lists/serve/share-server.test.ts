// Who may read, and what the endpoint does when it can't know all.
import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { newPassword, SignIn } from '../../../src/lists/serve/client-sign-in.ts'
import { serveShared } from '../../../src/lists/serve/share-server.ts'
import { SharedFiles } from '../../../src/lists/serve/shared-files.ts'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { CLIENT, entryOf, hashOf, PASSWORD, SharedTopic } from './shared-topic.ts'
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
      expect(signIn.clientOf(authorization)).toBeUndefined()
      return reads - before
    }
    expect(readsOf(basic('stranger'))).toBe(1)
    expect(readsOf(basic('reader', 'wrong'))).toBe(1)
    expect(signIn.clientOf(basic('reader'))?.name).toBe('reader')
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
