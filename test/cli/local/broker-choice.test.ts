import { expect, test } from 'vitest'
import { chooseBroker, type MachineProbes, type Probe } from '../../../src/cli/local/broker-choice.ts'

const found =
  (what: string): (() => Promise<Probe>) =>
  async () => ({ found: true, what })
const missing =
  (why: string): (() => Promise<Probe>) =>
  async () => ({ found: false, why })
const unasked = (): Promise<Probe> => Promise.reject(new Error('The machine was asked'))
const everything: MachineProbes = {
  java: found('Java 21'),
  jars: found('Maven'),
  docker: found('Docker 28'),
}

test('KAFKA_BROKERS beats all that the machine has, and the machine is not asked', async () => {
  const choice = await chooseBroker(
    { KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092' },
    { java: unasked, jars: unasked, docker: unasked },
  )
  expect(choice).toMatchObject({ kind: 'cluster', brokers: 'kafka-1:9092,kafka-2:9092' })
})

test('an empty KAFKA_BROKERS is none', async () => {
  expect(await chooseBroker({ KAFKA_BROKERS: ' ' }, everything)).toMatchObject({ kind: 'java' })
})

test('Java with Kafka’s jars, or with Maven to fetch them, beats Docker', async () => {
  const choice = await chooseBroker({}, everything)
  expect(choice.kind).toBe('java')
  expect(choice.why).toContain('Java 21 and Maven')
})

test('Java without the jars leaves Docker', async () => {
  const choice = await chooseBroker({}, { ...everything, jars: missing('no Maven') })
  expect(choice.kind).toBe('docker')
})

test('where nothing is there, the reason for each is named', async () => {
  const choice = await chooseBroker(
    {},
    { java: missing('No Java.'), jars: found('Maven'), docker: missing('No Docker.') },
  )
  expect(choice).toMatchObject({ kind: 'none', missing: ['No Java.', 'No Docker.'] })
  expect(choice.why).toContain('No Java. No Docker.')
})

test('a machine without any tool says so in plain words', async () => {
  const choice = await chooseBroker({ PATH: '/nowhere', XDG_CACHE_HOME: '/nowhere' })
  expect(choice).toMatchObject({
    kind: 'none',
    missing: [expect.stringContaining('Java 17'), 'Docker is not installed.'],
  })
})
