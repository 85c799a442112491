// What a platform sees of the gateway, and what is in the log then.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/contract/json.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { GatewaySettingsError } from '../../src/gateway/gateway-settings-error.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { LogTransientError } from '../../src/log/log-faults.ts'
import { WriteRefusedError } from '../../src/log/write-refused.ts'
import type { OutgoingRecord } from '../../src/log/event-log.ts'
import { flipped, randomValue } from '../../bench/gateway/probing/values.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { eventually } from '../fixtures/eventually.ts'
import { HeldLog } from './held-log.ts'
import { ask, problemOf, reportOf, startGateway } from './gateway-in-memory.ts'

const NDJSON = { 'content-type': 'application/x-ndjson' }

const lines = (from: number): string => [0, 1].map((n) => JSON.stringify(reportOf(`${from + n}`))).join('\n')

const bodyOf = (batch: number): string =>
  JSON.stringify(
    Array.from({ length: 9_000 }, (_, n) => reportOf(`${batch}-${n}`, { contentRef: 'x'.repeat(256) })),
  )

describe('a request of reports', () => {
  test('is acknowledged when the log has all of them: canonical JSON, the platform in it, keyed by the id', async () => {
    const { submit, written } = await startGateway()
    const answer = await submit(reportOf('a'), reportOf('b', { platform: 'example' }))
    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ accepted: 2, repeated: 0 })
    const records = await written()
    expect(records.map(({ key }) => key).toSorted()).toEqual(['a', 'b'])
    for (const { key, text, value, headers } of records) {
      expect(text).toBe(canonicalJson({ ...reportOf(key), platform: 'example' }))
      expect(decodeReport(Buffer.from(text))).toEqual(value)
      expect(headers).toEqual({})
    }
  })

  test('may be one report, lines, and packed by gzip or zstd', async () => {
    const { post, written } = await startGateway()
    const statuses = [
      await post(JSON.stringify(reportOf('one'))),
      await post(lines(0), NDJSON),
      await post(gzipSync(lines(2)), { ...NDJSON, 'content-encoding': 'gzip' }),
      await post(zstdCompressSync(lines(4)), { ...NDJSON, 'content-encoding': 'zstd' }),
      await post(JSON.stringify(reportOf('two')), { 'content-type': 'Application/JSON; charset=utf-8' }),
    ].map(({ status }) => status)
    expect(statuses).toEqual([202, 202, 202, 202, 202])
    expect(new Set((await written()).map(({ key }) => key))).toEqual(
      new Set(['one', 'two', '0', '1', '2', '3', '4', '5']),
    )
  })

  test('of which one report is wrong is refused as a whole, with the place', async () => {
    const { submit, written } = await startGateway()
    const answer = await submit(reportOf('a'), reportOf('b', { mediaType: 'text' }))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(problemOf(answer)).toMatchObject({
      type: 'urn:hashwarden:problem:malformed',
      status: 400,
      errors: [{ pointer: '/1/mediaType' }],
    })
    expect(await written()).toEqual([])
  })

  test('passes its trace on to its reports, if it is one', async () => {
    const { post, written } = await startGateway()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await post(JSON.stringify(reportOf('a')), { traceparent })
    await post(JSON.stringify(reportOf('b')), { traceparent: `${traceparent}-more` })
    const headers = Object.fromEntries((await written()).map(({ key, headers: own }) => [key, own]))
    expect(headers['a']).toEqual({ traceparent: Buffer.from(traceparent) })
    expect(headers['b']).toEqual({})
  })

  test('goes to the platform’s own topic, where each has one', async () => {
    const log = new MemoryLog()
    await log.createTopic({ topic: 'reports.example', partitions: 1, config: {} })
    const { submit, written } = await startGateway({ log, topics: { reportsPerPlatform: true } })
    expect((await submit(reportOf('a'))).status).toBe(202)
    expect(await written('reports.example')).toHaveLength(1)
    expect(await written()).toEqual([])
  })

  test('by another kind of body is refused, with what can be read', async () => {
    const { post } = await startGateway()
    const body = JSON.stringify(reportOf('a'))
    for (const type of [
      'text/plain',
      'application/xml',
      'application/json; charset=latin1',
      'json',
      'application/json, application/json',
    ]) {
      const answer = await post(body, { 'content-type': type })
      expect(answer.status, type).toBe(415)
    }
    for (const encoding of ['br', 'deflate', 'gzip, gzip', 'x']) {
      const answer = await post(body, { 'content-encoding': encoding })
      expect(answer.status, encoding).toBe(415)
      expect(answer.headers.get('accept-encoding')).toBe('gzip, zstd')
    }
  })
})

describe('a report that comes again', () => {
  test('is counted and not written again', async () => {
    const { submit, written } = await startGateway()
    await submit(reportOf('a'))
    const answer = await submit(reportOf('a'), reportOf('b'), reportOf('b'))
    expect(answer.body).toEqual({ accepted: 1, repeated: 2 })
    expect(await written()).toHaveLength(2)
  })

  test('with another content is refused, and nothing of its request is written', async () => {
    const { submit, written } = await startGateway()
    await submit(reportOf('a'))
    const answer = await submit(reportOf('b'), reportOf('a', { contentRef: 'other' }))
    expect(answer.status).toBe(409)
    expect(problemOf(answer).errors).toEqual([
      { detail: 'This reportId has been used with another content.', pointer: '/1/reportId' },
    ])
    const within = await submit(reportOf('c'), reportOf('c', { contentRef: 'other' }))
    expect(within.status).toBe(409)
    expect(await written()).toHaveLength(1)
  })

  test('from another platform is another report', async () => {
    const { submit, post, keyOf, written } = await startGateway({ platforms: ['example', 'other'] })
    await submit(reportOf('a'))
    const answer = await post(JSON.stringify(reportOf('a')), { 'x-api-key': keyOf('other') })
    expect(answer.body).toEqual({ accepted: 1, repeated: 0 })
    expect((await written()).map(({ value }) => String(value['platform'])).toSorted()).toEqual([
      'example',
      'other',
    ])
  })

  test('while it is still being written is no repeat: its acknowledgement says that the log has it', async () => {
    const log = new HeldLog()
    const { submit } = await startGateway({ log })
    log.hold()
    const both = [submit(reportOf('a')), submit(reportOf('a'))]
    await eventually(async () => log.calls === 2, 10_000, 5)
    expect((await submit(reportOf('a', { contentRef: 'other' }))).status).toBe(409)
    log.release()
    for (const answer of await Promise.all(both)) expect(answer.body).toEqual({ accepted: 1, repeated: 0 })
  })

  test('after a failure is written as far as it was not', async () => {
    const log = new HeldLog()
    const { submit, written, health } = await startGateway({ log })
    log.failure = new Error('The leader has moved.')
    log.written = 2
    const reports = ['a', 'b', 'c'].map((id) => reportOf(id))
    expect((await submit(...reports)).status).toBe(503)
    log.failure = undefined
    await eventually(async () => health.isReady, 10_000, 5)
    expect((await submit(...reports)).body).toEqual({ accepted: 1, repeated: 2 })
    expect((await written()).map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c'])
  })
})

describe('who may report', () => {
  test('is who has a key: others are refused before their body is looked at', async () => {
    const { post, written } = await startGateway()
    const body = JSON.stringify(reportOf('a'))
    const wrong: readonly Record<string, string>[] = [
      { 'x-api-key': 'hw_wrong' },
      { authorization: 'Basic abc' },
    ]
    for (const headers of wrong) {
      const answer = await post('nonsense', { 'content-type': 'text/plain', ...headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(problemOf(answer).errors).toBeUndefined()
    }
    expect((await post(body)).status).toBe(202)
    expect(await written()).toHaveLength(1)
  })
})

describe('an address', () => {
  test('that is not there, or a method that it does not take, gets a problem', async () => {
    const { url } = await startGateway()
    for (const path of [
      '/',
      '/v1',
      '/v1/reports/a',
      '/v1/known-hashes',
      '/v1/reports?x=1/../..',
      '/%ff',
      '/metrics',
    ]) {
      const answer = await ask(url + path, { method: 'PUT' })
      expect([400, 404, 405], path).toContain(answer.status)
      expect(answer.headers.get('content-type'), path).toMatch(/^application\/problem\+json/)
    }
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const answer = await ask(`${url}/v1/reports`, { method })
      expect(answer.status, method).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
    }
    const headers = { 'content-type': 'application/json' }
    const query = await ask(`${url}/v1/reports`, { method: 'QUERY', headers, body: '{}' })
    expect(query.status).toBe(405)
  })

  test('serves the OpenAPI document to anyone', async () => {
    const { url } = await startGateway()
    const { status, body } = await ask(`${url}/v1/openapi.json`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/v1/reports': { post: {} } } })
  })
})

describe('an id under which a write has failed', () => {
  test('stays that of its content, which Kafka may have, whoever else was writing it', async () => {
    const log = new HeldLog()
    const { submit, health } = await startGateway({ log })
    log.hold()
    const first = submit(reportOf('a'))
    await eventually(async () => log.calls === 1, 10_000, 5)
    log.failure = new Error('The connection broke.')
    log.release()
    expect((await first).status).toBe(503)
    log.failure = undefined
    await eventually(async () => health.isReady, 10_000, 5)
    expect((await submit(reportOf('a', { contentRef: 'other' }))).status).toBe(409)
    expect((await submit(reportOf('a'))).body).toEqual({ accepted: 1, repeated: 0 })
  })
})

test('an id that comes twice in a batch with other contents is refused, however far apart', async () => {
  const { submit, written } = await startGateway()
  await submit(...Array.from({ length: 9_000 }, (_, n) => reportOf(`before-${n}`)))
  const between = Array.from({ length: 9_998 }, (_, n) => reportOf(`${n}`))
  const answer = await submit(reportOf('a'), ...between, reportOf('a', { contentRef: 'other' }))
  expect(answer.status).toBe(409)
  expect(await written()).toHaveLength(9_000)
})

describe('while Kafka does not take reports', () => {
  test('and does not answer either, one request waits for it, and the next is refused at once', async () => {
    const log = new HeldLog()
    const { submit, health, log: its } = await startGateway({ log, writeWithinMs: 20 })
    its.offsets = () => new Promise(() => {})
    log.hold()
    expect((await submit(reportOf('a'))).status).toBe(503)
    expect(health.isReady).toBe(false)
    expect((await submit(reportOf('b'))).status).toBe(503)
    expect(log.calls).toBe(1)
    log.release()
    await eventually(async () => health.isReady, 10_000, 5)
    expect((await submit(reportOf('b'))).status).toBe(202)
  })

  test('requests are refused with a time to try again, at once as soon as that is known', async () => {
    const log = new HeldLog()
    const { submit, health, log: its } = await startGateway({ log })
    const offsets = its.offsets.bind(its)
    its.offsets = () => Promise.reject(new Error('Kafka is away.'))
    log.failure = new Error('Kafka is away.')
    const answer = await submit(reportOf('a'))
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(problemOf(answer).type).toBe('urn:hashwarden:problem:kafka-away')
    expect(health.isReady).toBe(false)
    const { calls } = log
    expect((await submit(reportOf('a'))).status).toBe(503)
    expect(log.calls).toBe(calls)
    its.offsets = offsets
    log.failure = undefined
    await eventually(async () => health.isReady, 10_000, 5)
    expect((await submit(reportOf('a'))).body).toEqual({ accepted: 1, repeated: 0 })
  })

  test('a topic that refuses makes the gateway not ready, until it takes reports again', async () => {
    const log = new HeldLog()
    const { submit, health } = await startGateway({ log })
    log.failure = new WriteRefusedError('reports', 'not-enough-replicas', 'Bring its brokers back.')
    expect((await submit(reportOf('a'))).status).toBe(503)
    expect(health.waitingFor).toEqual({ publishing: 'Bring its brokers back.' })
    log.failure = undefined
    expect((await submit(reportOf('a'))).status).toBe(202)
    expect(health.isReady).toBe(true)
  })

  test.each([
    new WriteRefusedError('reports.other', 'no-topic', 'Create it.'),
    new WriteRefusedError('reports.other', 'not-enough-replicas', 'Bring its brokers back.'),
    new LogTransientError('A leader is elected.'),
  ])('one platform’s own topic that takes none is no one else’s trouble: $message', async (failure) => {
    const log = new MemoryLog()
    await log.createTopic({ topic: 'reports.example', partitions: 1, config: {} })
    const refusing = Object.assign(log, {
      produce: async (topic: string, ...rest: [readonly OutgoingRecord[]]) => {
        if (topic === 'reports.other') throw failure
        return MemoryLog.prototype.produce.call(log, topic, ...rest)
      },
    })
    const { submit, post, keyOf, health } = await startGateway({
      log: refusing,
      topics: { reportsPerPlatform: true },
      platforms: ['example', 'other'],
    })
    const other = await post(JSON.stringify(reportOf('a')), { 'x-api-key': keyOf('other') })
    expect(other.status).toBe(503)
    expect(health.isReady).toBe(true)
    expect((await submit(reportOf('a'))).status).toBe(202)
  })

  test('a write that takes too long is answered with 503, and its bytes are held until Kafka has answered', async () => {
    const log = new HeldLog()
    const { submit, intake } = await startGateway({ log, writeWithinMs: 20 })
    log.hold()
    expect((await submit(reportOf('a'))).status).toBe(503)
    expect(intake.inFlightBytes).toBeGreaterThan(0)
    log.release()
    await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
    // It came to the log late: the client's repeat is one.
    expect((await submit(reportOf('a'))).body).toEqual({ accepted: 0, repeated: 1 })
  })
})

test('reports that are written after their client got a 503 count for the quota, and those that are not do not', async () => {
  const log = new HeldLog()
  const { submit, intake, health } = await startGateway({
    log,
    writeWithinMs: 20,
    settings: {
      quotas: { default: { reportsPerSecond: 0.001, burst: 3 }, platforms: [], assumedGateways: 1 },
    },
  })
  log.hold()
  log.failure = new WriteRefusedError('reports', 'not-enough-replicas', 'Bring its brokers back.')
  expect((await submit(reportOf('a'), reportOf('b'))).status).toBe(503)
  log.release()
  await eventually(async () => intake.inFlightBytes === 0, 10_000, 5)
  log.failure = undefined
  log.hold()
  await eventually(async () => (await submit(reportOf('c'), reportOf('d'))).status === 503, 10_000, 5)
  log.release()
  await eventually(async () => intake.inFlightBytes === 0 && health.isReady, 10_000, 5)
  expect((await submit(reportOf('e'), reportOf('f'))).status).toBe(429)
})

describe('with more to do than it can hold', () => {
  test('requests are refused, those in work are answered, and then it takes more', async () => {
    const log = new HeldLog()
    const { post, intake } = await startGateway({ log, limits: { inFlightMiB: 16 } })
    log.hold()
    const answers = [0, 1, 2, 3, 4, 5].map((batch) => post(bodyOf(batch)))
    const overloaded = await Promise.any(
      answers.map(async (answer) => {
        const { status, headers } = await answer
        if (status !== 503) throw new Error('This one was taken.')
        return headers
      }),
    )
    expect(Number(overloaded.get('retry-after'))).toBeGreaterThan(0)
    expect(intake.inFlightBytes).toBeLessThanOrEqual(16 << 20)
    log.release()
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([202, 503]))
    expect(intake.inFlightBytes).toBe(0)
    expect((await post(bodyOf(6))).status).toBe(202)
  })
})

describe('the end', () => {
  test('comes after the answers to what has arrived, and what comes later is refused', async () => {
    const log = new HeldLog()
    const { submit, close, intake } = await startGateway({ log })
    log.hold()
    const answer = submit(reportOf('a'))
    await eventually(async () => log.calls === 1, 10_000, 5)
    const closed = close()
    expect(intake.isStopping).toBe(true)
    log.release()
    const { status, headers } = await answer
    expect(status).toBe(202)
    expect(headers.get('connection')).toBe('close')
    await closed
    await expect(submit(reportOf('b'))).rejects.toThrow()
  })
})

test('beyond loopback it listens with TLS only', async () => {
  await expect(startGateway({ settings: { host: '0.0.0.0' } })).rejects.toThrow(GatewaySettingsError)
})

test('figures and status follow what was done', async () => {
  const { submit, metrics, intake } = await startGateway()
  await submit(reportOf('a'))
  await submit(reportOf('a'), reportOf('b'))
  await submit({ ...reportOf('c'), extra: 1 })
  const text = await metrics.registry.metrics()
  expect(text).toContain('hashwarden_gateway_reports_total{kind="accepted"} 2')
  expect(text).toContain('hashwarden_gateway_reports_total{kind="repeated"} 1')
  expect(text).toContain('hashwarden_gateway_refusals_total{code="malformed"} 1')
  expect(text).toContain('hashwarden_gateway_refusals_total{code="overloaded"} 0')
  expect(text).toContain(
    'hashwarden_gateway_requests_total{route="/v1/reports",method="POST",status="2xx"} 2',
  )
  expect(text).toContain('hashwarden_gateway_in_flight_bytes 0')
  const refusals = { client: 1, quota: 0, server: 0 }
  expect(intake.activity.total).toEqual({ accepted: 2, repeated: 1, refusals, requests: 3 })
  expect(intake.activity.platforms).toMatchObject([
    { platform: 'example', accepted: 2, repeated: 1, refusals },
  ])
})

test('a platform that sends more than its quota is asked to wait, whatever its reports hold, and others are not', async () => {
  const quotas = { default: { reportsPerSecond: 1, burst: 3 }, platforms: [], assumedGateways: 1 }
  const gateway = await startGateway({ settings: { quotas }, platforms: ['example', 'another'] })
  const { submit, post, keyOf, metrics } = gateway
  expect((await submit(reportOf('q1'), reportOf('q2'), reportOf('q3'))).status).toBe(202)
  const refused = await submit(reportOf('q4'), reportOf('q5'))
  expect(refused.status).toBe(429)
  expect(problemOf(refused).type).toBe('urn:hashwarden:problem:too-many-requests')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const other = await post(JSON.stringify(reportOf('q6')), { 'x-api-key': keyOf('another') })
  expect(other.status).toBe(202)
  expect((await gateway.written()).map(({ key }) => key).toSorted()).toEqual(['q1', 'q2', 'q3', 'q6'])
  const text = await metrics.registry.metrics()
  expect(text).toContain('hashwarden_gateway_throttled_total{platform="example"} 1')
  expect(text).toContain('hashwarden_gateway_throttled_total{platform="another"} 0')
})

test('the time of writing is that of writes, failed ones too, and not of requests that are refused', async () => {
  const log = new HeldLog()
  const { submit, metrics } = await startGateway({ log })
  expect((await submit(reportOf('a'))).status).toBe(202)
  expect((await submit(reportOf('a', { contentRef: 'other' }))).status).toBe(409)
  expect(await metrics.registry.metrics()).toContain('hashwarden_gateway_write_seconds_count 1')
  log.failure = new WriteRefusedError('reports', 'other', 'refused')
  expect((await submit(reportOf('b'))).status).toBe(503)
  expect(await metrics.registry.metrics()).toContain('hashwarden_gateway_write_seconds_count 2')
})

test('reports that are refused as wrong count towards the quota, and those that Kafka has not taken do not', async () => {
  const log = new HeldLog()
  const quotas = { default: { reportsPerSecond: 0.001, burst: 3 }, platforms: [], assumedGateways: 1 }
  const platforms = ['example', 'another']
  const { submit, post, keyOf } = await startGateway({ log, settings: { quotas }, platforms })
  expect((await submit({}, {}, {})).status).toBe(400)
  expect((await submit(reportOf('a'))).status).toBe(429)
  const three = JSON.stringify([reportOf('a'), reportOf('b'), reportOf('c')])
  const key = { 'x-api-key': keyOf('another') }
  log.failure = new WriteRefusedError('reports', 'other', 'refused')
  expect((await post(three, key)).status).toBe(503)
  log.failure = undefined
  expect((await post(three, key)).status).toBe(202)
  expect((await post(three, key)).status).toBe(429)
})

test('somebody who probes raises an alarm of his platform, and gets the same answers as before', async () => {
  const { submit, metrics, intake } = await startGateway()
  const random = seededRandom(1)
  const centre = randomValue(random)
  const answers = []
  for (let n = 0; n < 60; n++) {
    const value = flipped(centre, 20, random)
    answers.push(await submit(reportOf(`p${n}`, { actorRef: 'someone', hashes: [{ type: 'pdq', value }] })))
  }
  for (const { status, body } of answers) {
    expect(status).toBe(202)
    expect(body).toEqual({ accepted: 1, repeated: 0 })
  }
  await eventually(async () => intake.probing.suspectedMs('example') !== undefined, 10_000, 5)
  const text = await metrics.registry.metrics()
  expect(text).toContain('hashwarden_gateway_probing_total{platform="example"} 1')
})
