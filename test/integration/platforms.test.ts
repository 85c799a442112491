import kafkajs from 'kafkajs'
import { expect, inject, test } from 'vitest'
import {
  deadLetterKey,
  decodeDeadLetter,
  makeDeadLetter,
  type DeadLetter,
} from '../../src/contract/dead-letter.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { reportTopic } from '../../src/stream/topics/report-topics.ts'
import { wantedTopicsOf } from '../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'
import { Terminal } from './terminal.ts'

const random = seededRandom(8)

test('a report counts only by its own platform’s topic, and a platform that comes later is heard without a restart', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 3, ['first', 'second'])
  const { log, settings } = deployment
  const known = randomBalancedHash(random)
  const submit = (by: string, reportId: string, platform: string): Promise<void> => {
    const report = { ...pdqReport(known, reportId), platform }
    return log.produce(reportTopic(settings.topics, by), [{ key: reportId, value: JSON.stringify(report) }])
  }
  const deadLetters = async (): Promise<DeadLetter[]> => {
    const letters: DeadLetter[] = []
    await readToEnd(log, settings.topics.deadLetters, ({ value }) => {
      const letter = decodeDeadLetter(value)
      if ('sha256' in letter) letters.push(letter)
    })
    return letters
  }
  await publishCanaries(log, settings.topics.knownHashes)
  await deployment.addKnown(knownHash('pdq', known))
  await submit('first', 'of-first', 'first')
  await submit('second', 'of-second', 'second')
  await submit('second', 'claimed', 'first')
  const matcher = await deployment.startMatcher(undefined, { threads: 2, canarySeconds: 1 })
  await eventually(async () => (await deployment.reportIdsWithHit()).size === 2)
  await eventually(async () => (await deadLetters()).length === 1)
  expect([...(await deployment.reportIdsWithHit())].sort()).toEqual(['of-first', 'of-second'])
  expect(await deadLetters()).toMatchObject([
    { topic: reportTopic(settings.topics, 'second'), reason: { code: 'wrong-platform', at: '/platform' } },
  ])

  const applied = await new Terminal(deployment).run(['topics', 'apply', '--platform', 'third'])
  expect(applied.out).toContain(`${reportTopic(settings.topics, 'third')}: does not exist: done\n`)
  await submit('third', 'of-third', 'third')
  await eventually(async () => (await deployment.reportIdsWithHit()).has('of-third'))
  // Canaries go through every partition of each platform's topic, and are found there; none is a dead letter.
  await eventually(async () => {
    const { group } = settings.match
    return (await log.committed(group, reportTopic(settings.topics, 'third'))).length === 3
  })
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
  expect((await deadLetters()).length).toBe(1)
})

test('reports of every platform are looked back at, and go on being matched when a platform’s topic is deleted', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 3, ['first', 'second'])
  const { log, settings } = deployment
  const [early, later, last] = Array.from({ length: 3 }, () => knownHash('pdq', randomBalancedHash(random)))
  const submit = (platform: string, reportId: string, { value }: KnownHash): Promise<void> => {
    const report = { ...pdqReport(value, reportId), platform }
    return log.produce(reportTopic(settings.topics, platform), [
      { key: reportId, value: JSON.stringify(report) },
    ])
  }
  await publishCanaries(log, settings.topics.knownHashes)
  await deployment.addKnown(early)
  const matcher = await deployment.startMatcher(undefined, {
    threads: 2,
    canarySeconds: 1,
    retro: { share: 1, maxLagRecords: 1_000_000 },
  })
  const found = async (...reportIds: string[]): Promise<void> =>
    eventually(async () => {
      const withHit = await deployment.reportIdsWithHit()
      return reportIds.every((reportId) => withHit.has(reportId))
    })
  await submit('first', 'first-1', later)
  await submit('second', 'second-1', later)
  await submit('first', 'first-2', early)
  await found('first-2')
  await deployment.addKnown(later)
  await found('first-1', 'second-1')
  // Live matching has seen these two before their value was known.
  for (const { report, retroactive } of await deployment.hits())
    if (report.reportId !== 'first-2') expect(retroactive).toBe(true)

  await submit('first', 'first-3', last)
  await deleteTopic(settings, reportTopic(settings.topics, 'second'))
  // Its producers have written to the topic that is gone; they must still write to the others, and to new ones.
  const applied = await new Terminal(deployment).run(['topics', 'apply', '--platform', 'third'])
  expect(applied.code).toBe(0)
  await submit('third', 'third-1', early)
  await found('third-1')
  await deployment.addKnown(last)
  await found('first-3')
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
})

async function deleteTopic({ kafka }: Settings, topic: string): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [topic] })
    await eventually(async () => !(await admin.listTopics()).includes(topic))
  } finally {
    await admin.disconnect()
  }
}

test('commands keep to the platform’s topic: report submits by it, and dlq replay puts back into it', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 3, ['first', 'second'])
  const { log, settings } = deployment
  const terminal = new Terminal(deployment)
  const sizes = async (): Promise<readonly number[]> =>
    Promise.all(
      ['first', 'second'].map(async (platform) => {
        const offsets = await log.offsets(reportTopic(settings.topics, platform))
        return offsets.reduce((sum, { end }) => sum + end, 0)
      }),
    )
  const hashes = JSON.stringify({ hashes: pdqReport(randomBalancedHash(random)).hashes })
  const reported = await terminal.run(['report', '--platform', 'second', '--ndjson', '-'], `${hashes}\n`)
  expect(reported).toMatchObject({ code: 0, err: '' })
  expect(await sizes()).toEqual([0, 1])

  const topic = reportTopic(settings.topics, 'first')
  const offset = await log.produceTo(topic, 2, { key: 'none', value: 'no report' })
  const letter = makeDeadLetter(
    { topic, partition: 2, offset },
    Buffer.from('no report'),
    new Rejection('not-json'),
  )
  await log.produce(settings.topics.deadLetters, [
    { key: deadLetterKey(letter), value: JSON.stringify(letter) },
  ])
  const replayed = await terminal.run(['dlq', 'replay', '--all'])
  expect(replayed).toMatchObject({
    code: 0,
    out: '1 submitted again, 0 expired, 0 replaced by other records\n',
  })
  expect(await sizes()).toEqual([2, 1])
})

test('plan looks at the topic of every platform that has one', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 3, ['first', 'second'])
  const { log, settings } = deployment
  const topic = reportTopic(settings.topics, 'second')
  await log.alterTopic({ topic, partitions: 3, config: { 'message.timestamp.type': 'CreateTime' } })
  const { code, out } = await new Terminal(deployment).run(['topics', 'plan'])
  expect(code).toBe(1)
  expect(out).toContain(`\n${topic}: message.timestamp.type is CreateTime and must be LogAppendTime\n`)
})

test('where no platform has a topic, the matcher says how to make one', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const names = { ...deployment.settings.topics, reportsPerPlatform: true }
  await expect(wantedTopicsOf(deployment.log, names, 3)).rejects.toThrow(
    /no platform has a topic yet: `hashwarden topics apply --platform NAME`/,
  )
})
