import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { startJavaBroker, type JavaBroker, type JavaBrokerOptions } from '../../src/cli/local/broker-java.ts'

const STARTER = fileURLToPath(new URL('broker-starter.ts', import.meta.url))
const DEADLINE = { timeout: 60_000, interval: 100 }

let folder: string
let started: JavaBroker[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hashwarden-broker-test-'))
  started = []
})

afterEach(async () => {
  for (const broker of started) await broker.kill()
  await rm(folder, { recursive: true, force: true })
})

async function start(options: Partial<JavaBrokerOptions> = {}): Promise<JavaBroker> {
  const broker = await startJavaBroker({ dataDir: folder, ...options })
  started.push(broker)
  return broker
}

test('a broker keeps an acknowledged record through a power cut and a restart, on the same address', async () => {
  const broker = await start()
  await withTopic(broker.brokers, 'reports')
  await produce(broker.brokers, 'reports', 'before the power cut')
  const before = broker.pid
  await broker.kill()
  expect(isAlive(before)).toBe(false)
  await broker.restart()
  expect(broker.pid).not.toBe(before)
  await produce(broker.brokers, 'reports', 'after it')
  expect(await read(broker.brokers, 'reports', 2)).toEqual(['before the power cut', 'after it'])
})

test('a broker that was stopped leaves no process and no listener, and its folder starts again', async () => {
  const broker = await start()
  await withTopic(broker.brokers, 'hits')
  const { pid } = broker
  expect(isAlive(pid)).toBe(true)
  await broker.stop()
  expect(isAlive(pid)).toBe(false)
  expect(await listens(broker.brokers)).toBe(false)
  const again = await start()
  expect(await topics(again.brokers)).toContain('hits')
})

test('stopping twice is stopping once', async () => {
  const broker = await start()
  await Promise.all([broker.stop(), broker.stop()])
  await broker.stop()
  expect(isAlive(broker.pid)).toBe(false)
})

test('when its starter is killed, the broker ends by itself, and the next start takes the folder over', async () => {
  const starter = fork(STARTER, [folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ brokers, pid }] = await once(starter, 'message')
  expect(await topics(brokers)).toEqual([])
  starter.kill('SIGKILL')
  const next = await start()
  expect(next.pid).not.toBe(pid)
  await vi.waitFor(async () => expect(await listens(brokers)).toBe(false), DEADLINE)
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), DEADLINE)
})

test('a second broker in one folder is refused with the address of the first, which goes on undisturbed', async () => {
  const broker = await start()
  await withTopic(broker.brokers, 'decisions')
  const refusal = await start().catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'folder-in-use' })
  expect(String(refusal)).toContain(`KAFKA_BROKERS=${broker.brokers}`)
  await produce(broker.brokers, 'decisions', 'still here')
  expect(await read(broker.brokers, 'decisions', 1)).toEqual(['still here'])
})

test('a port that somebody listens on is refused before anything starts', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(start({ port })).rejects.toMatchObject({ code: 'port-in-use' })
  taken.close()
})

test('a broker that ends as it starts is explained by the end of its log', async () => {
  const refusal = await start({ overrides: { 'num.io.threads': 'many' } }).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'ended' })
  expect(String(refusal)).toContain('num.io.threads')
})

test('a broker that ends unasked is told of', async () => {
  const lines: string[] = []
  const broker = await start({ log: (line) => lines.push(line) })
  process.kill(broker.pid, 'SIGKILL')
  await vi.waitFor(() => expect(lines.join()).toContain(`SIGKILL); its log: ${broker.logFile}`), DEADLINE)
})

test('the shared broker of the integration tests answers', async () => {
  expect(await topics(inject('kafkaBrokers'))).toBeInstanceOf(Array)
})

test('Maven and Docker run the same Apache Kafka', async () => {
  const local = new URL('../../deploy/local/', import.meta.url)
  const pom = await readFile(new URL('pom.xml', local), 'utf8')
  const compose = await readFile(new URL('compose.yaml', local), 'utf8')
  const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(pom)?.[1]
  expect(version).toBeDefined()
  expect(compose).toContain(`image: apache/kafka:${version}\n`)
})

const kafka = (brokers: string): Kafka =>
  new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })

async function withTopic(brokers: string, topic: string): Promise<void> {
  const admin = kafka(brokers).admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] })
  await admin.disconnect()
}

async function topics(brokers: string): Promise<string[]> {
  const admin = kafka(brokers).admin()
  await admin.connect()
  const names = await admin.listTopics()
  await admin.disconnect()
  return names
}

async function produce(brokers: string, topic: string, value: string): Promise<void> {
  const producer = kafka(brokers).producer()
  await producer.connect()
  await producer.send({ topic, acks: -1, messages: [{ value }] })
  await producer.disconnect()
}

/** The first `count` values of a topic of one partition. */
async function read(brokers: string, topic: string, count: number): Promise<string[]> {
  const values: string[] = []
  const enough = Promise.withResolvers<undefined>()
  const consumer = kafka(brokers).consumer({ groupId: `read-${topic}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(String(message.value))
      if (values.length === count) enough.resolve(undefined)
    },
  })
  await enough.promise
  await consumer.disconnect()
  return values
}

function listens(brokers: string): Promise<boolean> {
  const [host, port] = brokers.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
