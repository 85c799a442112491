// API keys by the topic of keys: two gateways that follow it, on the log in memory.
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { encodeGatewayKey } from '../../../src/contract/gateway-key.ts'
import { KeyTable } from '../../../src/gateway/credentials/key-table.ts'
import { KeyTopic, type KeyTopicOptions } from '../../../src/gateway/credentials/key-topic.ts'
import { KeyManager } from '../../../src/gateway/credentials/manage-keys.ts'
import type { Consumption, FollowOptions } from '../../../src/log/event-log.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import type { Health } from '../../../src/telemetry/health.ts'
import { keysTopic } from '../../../src/stream/topics/topics.ts'

const TOPIC = 'gateway-keys'
const REVOKED_WITHIN_MS = 5_000
const DAY_MS = 86_400_000

const withKey = (key: string, address = '127.0.0.1') => ({ headers: { 'x-api-key': key }, address })

async function logWithTopic(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.createTopic(keysTopic(TOPIC))
  return log
}

/** The keys as one gateway has them. */
function follow(log: MemoryLog, times: Pick<KeyTopicOptions, 'now' | 'clock' | 'lookMs'> = {}) {
  const { health, logger, metrics } = createTelemetry('silent')
  const keys = new KeyTopic({ log, topic: TOPIC, health, logger, metrics, ...times })
  onTestFinished(() => keys.stop())
  return { keys, health, metrics }
}

const isRead = (health: Health): boolean => !('keys' in health.waitingFor)

const becomes = (look: () => unknown, value: unknown): Promise<void> =>
  expect.poll(look, { timeout: REVOKED_WITHIN_MS, interval: 20 }).toEqual(value)

describe('a key', () => {
  test('that is made works in every gateway, and one that is revoked is refused in every one within 5 s', async () => {
    const log = await logWithTopic()
    const gateways = [follow(log), follow(log)]
    const manager = new KeyManager(log, TOPIC)
    const { text, key } = await manager.create({ platform: 'example' })
    const caller = { platform: 'example', credential: key.id }
    for (const { keys } of gateways) await becomes(() => keys.authenticate(withKey(text)), caller)
    await manager.revoke(key.id)
    for (const { keys } of gateways) await becomes(() => keys.authenticate(withKey(text)), 'not-permitted')
    // A gateway that starts later.
    const late = follow(log)
    await becomes(() => isRead(late.health), true)
    expect(late.keys.authenticate(withKey(text))).toBe('not-permitted')
  })

  test('that is rotated works beside the new one until it expires', async () => {
    const log = await logWithTopic()
    let now = Date.parse('2026-01-01T00:00:00Z')
    const manager = new KeyManager(log, TOPIC, () => now)
    const old = await manager.create({ platform: 'example', networks: ['192.0.2.0/24'] })
    const young = await manager.rotate(old.key.id, DAY_MS)
    expect(young.key).toMatchObject({ platform: 'example', networks: ['192.0.2.0/24'] })
    const { keys } = follow(log, { now: () => now })
    const ask = (text: string): unknown => keys.authenticate(withKey(text, '192.0.2.7'))
    const callers = [old, young].map(({ key: { id } }) => ({ platform: 'example', credential: id }))
    await becomes(() => [ask(old.text), ask(young.text)], callers)
    now += DAY_MS
    expect([ask(old.text), ask(young.text)]).toEqual(['not-permitted', callers[1]])
    await expect(manager.rotate(old.key.id, DAY_MS)).rejects.toThrow('no valid key')
  })

  test('is taken from its networks only, also where IPv4 comes by a socket of IPv6', async () => {
    const log = await logWithTopic()
    const manager = new KeyManager(log, TOPIC)
    const networks = ['192.0.2.0/24', '2001:db8::/32']
    const { text, key } = await manager.create({ platform: 'example', networks })
    const { keys, health } = follow(log)
    await becomes(() => isRead(health), true)
    const from = (address: string): unknown => keys.authenticate(withKey(text, address))
    for (const address of ['192.0.2.200', '::ffff:192.0.2.200', '2001:db8:1::1'])
      expect(from(address), address).toEqual({ platform: 'example', credential: key.id })
    for (const address of ['192.0.3.1', '::ffff:192.0.3.1', '2001:db9::1', ''])
      expect(from(address), address).toBe('wrong-network')
  })
})

describe('a key that is revoked', () => {
  test('is not revived by a later record without the revocation', async () => {
    const log = await logWithTopic()
    const manager = new KeyManager(log, TOPIC)
    const { text, key } = await manager.create({ platform: 'example' })
    await manager.revoke(key.id)
    await log.produce(TOPIC, [{ key: key.id, value: encodeGatewayKey(key) }])
    const { keys, health } = follow(log)
    await becomes(() => isRead(health), true)
    expect(keys.authenticate(withKey(text))).toBe('not-permitted')
    expect((await manager.list()).keys).toMatchObject([{ id: key.id, revokedAt: expect.any(String) }])
    await manager.revoke(key.id)
    expect(await lastRecordOf(log, key.id)).toHaveProperty('revokedAt')
  })

  test.each([1, 2])(
    'while it is rotated stays revoked in the record that compaction keeps, and so is the new one (before write %i)',
    async (write) => {
      const log = new RevokingLog()
      await log.createTopic(keysTopic(TOPIC))
      const manager = new KeyManager(log, TOPIC)
      const { key } = await manager.create({ platform: 'example' })
      log.revokeBefore(write, key.id)
      await expect(manager.rotate(key.id, DAY_MS)).rejects.toThrow('was revoked while')
      const { keys } = await manager.list()
      expect(keys).toHaveLength(2)
      for (const { id } of keys) expect(await lastRecordOf(log, id), id).toHaveProperty('revokedAt')
    },
  )
})

/** Another person revokes a key just before a write. */
class RevokingLog extends MemoryLog {
  #writes = 0
  #id = ''

  revokeBefore(writes: number, id: string): void {
    this.#writes = writes
    this.#id = id
  }

  override async produce(...args: Parameters<MemoryLog['produce']>): Promise<void> {
    if (this.#writes > 0 && --this.#writes === 0) await new KeyManager(this, TOPIC).revoke(this.#id)
    await super.produce(...args)
  }
}

async function lastRecordOf(log: MemoryLog, id: string): Promise<unknown> {
  let last: unknown
  await readToEnd(log, TOPIC, ({ key, value }) => {
    if (String(key) === id) last = JSON.parse(String(value))
  })
  return last
}

/** The batches of a reader that stalled don't come; another reader gets them. */
class StallingLog extends MemoryLog {
  readers = 0
  isStalled = false

  override follow(options: FollowOptions): Promise<Consumption> {
    const isFirst = this.readers++ === 0
    return super.follow({
      ...options,
      onBatch: async (batch) => {
        if (!isFirst || !this.isStalled) await options.onBatch(batch)
      },
    })
  }
}

test('a reader of keys that stalls admits no key, makes the gateway not ready, and is replaced', async () => {
  const log = new StallingLog()
  await log.createTopic(keysTopic(TOPIC))
  const manager = new KeyManager(log, TOPIC)
  const [kept, revoked] = [
    await manager.create({ platform: 'example' }),
    await manager.create({ platform: 'example' }),
  ]
  log.readers = 0
  const { keys, health } = follow(log, { lookMs: 20 })
  await becomes(() => isRead(health), true)
  log.isStalled = true
  await manager.revoke(revoked.key.id)
  await becomes(() => keys.authenticate(withKey(kept.text)), 'credentials-away')
  expect(health.waitingFor).toHaveProperty('keys', 'the topic of keys has records that are not read')
  await becomes(() => keys.authenticate(withKey(kept.text)), { platform: 'example', credential: kept.key.id })
  expect(isRead(health)).toBe(true)
  expect(keys.authenticate(withKey(revoked.text))).toBe('not-permitted')
})

test('the keys of a topic that was recreated, and has as many records as before, end within 10 minutes', async () => {
  const [old, young] = [await logWithTopic(), await logWithTopic()]
  const create = async (log: MemoryLog): Promise<string> =>
    (await new KeyManager(log, TOPIC).create({ platform: 'example' })).text
  const [oldKey, youngKey] = [await create(old), await create(young)]
  let current = old
  let clock = 0
  const { health, logger, metrics } = createTelemetry('silent')
  const keys = new KeyTopic({
    log: { follow: (options) => current.follow(options), offsets: (topic) => current.offsets(topic) },
    topic: TOPIC,
    health,
    logger,
    metrics,
    clock: () => clock,
    lookMs: 20,
  })
  onTestFinished(() => keys.stop())
  await becomes(() => isRead(health), true)
  expect(keys.authenticate(withKey(oldKey))).toMatchObject({ platform: 'example' })
  current = young
  clock += 600_000
  await becomes(() => keys.authenticate(withKey(youngKey)), {
    platform: 'example',
    credential: expect.any(String),
  })
  expect(keys.authenticate(withKey(oldKey))).toBe('not-permitted')
})

test('a topic of keys with more than one partition admits no key, from the start and later', async () => {
  const log = await logWithTopic()
  const { text } = await new KeyManager(log, TOPIC).create({ platform: 'example' })
  const { keys, health } = follow(log, { lookMs: 20 })
  await becomes(() => isRead(health), true)
  await log.alterTopic({ ...keysTopic(TOPIC), partitions: 2 })
  for (const gateway of [{ keys, health }, follow(log, { lookMs: 20 })]) {
    await becomes(() => gateway.health.waitingFor['keys'], expect.stringContaining('has 2 partitions'))
    expect(gateway.keys.authenticate(withKey(text))).toBe('credentials-away')
  }
})

test('before the topic is read, a gateway is not ready and says that it can’t check credentials', async () => {
  const log = new MemoryLog()
  const { keys, health } = follow(log)
  expect(keys.authenticate(withKey('anything'))).toBe('credentials-away')
  expect(health.waitingFor).toHaveProperty('keys')
  await log.createTopic(keysTopic(TOPIC))
  await becomes(() => isRead(health), true)
  expect(keys.authenticate(withKey('anything'))).toBe('not-permitted')
})

test('a gateway that could not read the topic for 30 s lets nothing in', async () => {
  const log = await logWithTopic()
  const { text } = await new KeyManager(log, TOPIC).create({ platform: 'example' })
  let isAway = false
  let clock = 0
  const failing = {
    follow: log.follow.bind(log),
    offsets: (topic: string) => (isAway ? Promise.reject(new Error('away')) : log.offsets(topic)),
  }
  const { health, logger, metrics } = createTelemetry('silent')
  const keys = new KeyTopic({
    log: failing,
    topic: TOPIC,
    health,
    logger,
    metrics,
    clock: () => clock,
  })
  onTestFinished(() => keys.stop())
  await becomes(() => isRead(health), true)
  isAway = true
  await becomes(() => isRead(health), false)
  clock += 29_000
  expect(keys.authenticate(withKey(text))).toMatchObject({ platform: 'example' })
  clock += 2_000
  expect(keys.authenticate(withKey(text))).toBe('credentials-away')
  isAway = false
  await becomes(() => isRead(health), true)
  expect(keys.authenticate(withKey(text))).toMatchObject({ platform: 'example' })
})

test('records that can’t be read are counted, end nothing, let nothing in, and refuse the key that they name', async () => {
  const log = await logWithTopic()
  const manager = new KeyManager(log, TOPIC)
  const [own, other] = [
    await manager.create({ platform: 'example' }),
    await manager.create({ platform: 'example' }),
  ]
  const { keys, metrics } = follow(log)
  await becomes(() => keys.authenticate(withKey(own.text)), { platform: 'example', credential: own.key.id })
  const wrong = [
    { key: own.key.id, value: encodeGatewayKey(own.key).replace('gateway-key/1', 'gateway-key/2') },
    { key: null, value: encodeGatewayKey(own.key) },
    { key: own.key.id, value: '{' },
    { key: 'zzzzzzzz', value: Buffer.from([0xff]) },
    { key: own.key.id, value: encodeGatewayKey({ ...other.key }) },
  ]
  await log.produce(TOPIC, wrong)
  await becomes(async () => (await metrics.gatewayKeysRefused.get()).values[0]?.value, wrong.length)
  expect(keys.authenticate(withKey(own.text))).toBe('not-permitted')
  expect(keys.authenticate(withKey(other.text))).toMatchObject({ platform: 'example' })
  expect(await manager.list()).toMatchObject({ keys: [{ id: other.key.id }] })
})

const NOW = Date.parse('2026-01-03T00:00:00Z')

const recordOf = (id: string, more: object = {}): string =>
  JSON.stringify({
    schema: 'gateway-key/1',
    id,
    platform: 'example',
    sha256: '0'.repeat(64),
    createdAt: '2026-01-01T00:00:00Z',
    ...more,
  })

test('a table of keys is bounded, and keys that are removed make room', () => {
  const table = new KeyTable(undefined, 2)
  const apply = (id: string, value: string | null): unknown =>
    table.apply({ key: Buffer.from(id), value: value === null ? null : Buffer.from(value) }, NOW)
  expect(['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map((id) => apply(id, recordOf(id)))).toEqual([
    'taken',
    'taken',
    'too-many',
  ])
  apply('aaaaaaaa', null)
  expect(apply('cccccccc', recordOf('cccccccc'))).toBe('taken')
  apply('bbbbbbbb', recordOf('bbbbbbbb', { revokedAt: '2026-01-02T00:00:00Z' }))
  expect(table.size).toBe(1)
})

test('a key that has expired makes room in a full table', () => {
  const table = new KeyTable(undefined, 1)
  const apply = (id: string, nowMs: number, more = {}): unknown =>
    table.apply({ key: Buffer.from(id), value: Buffer.from(recordOf(id, more)) }, nowMs)
  const expiresAt = '2026-01-04T00:00:00Z'
  expect(apply('aaaaaaaa', NOW, { expiresAt })).toBe('taken')
  expect(apply('bbbbbbbb', NOW)).toBe('too-many')
  expect(apply('bbbbbbbb', NOW + DAY_MS)).toBe('taken')
  expect(apply('aaaaaaaa', NOW + DAY_MS, { expiresAt })).toBe('taken')
  expect(table.size).toBe(1)
})

test('no key is made beyond the number that gateways know', async () => {
  const manager = new KeyManager(await logWithTopic(), TOPIC, Date.now, 2)
  const [first] = [await manager.create({ platform: 'one' }), await manager.create({ platform: 'two' })]
  await expect(manager.create({ platform: 'three' })).rejects.toThrow('2 valid keys')
  await manager.revoke(first.key.id)
  await manager.create({ platform: 'three' })
})

test('a platform has a bounded number of valid keys, and none is the platform of canaries', async () => {
  const manager = new KeyManager(await logWithTopic(), TOPIC)
  const made = []
  for (let n = 0; n < 10; n++) made.push(await manager.create({ platform: 'example' }))
  await expect(manager.create({ platform: 'example' })).rejects.toThrow('10 valid keys')
  await manager.revoke(made[0].key.id)
  await manager.create({ platform: 'example' })
  await expect(manager.create({ platform: 'hashwarden-canary' })).rejects.toThrow('canary')
  await expect(manager.revoke('zzzzzzzz')).rejects.toThrow('no key with this id')
})
