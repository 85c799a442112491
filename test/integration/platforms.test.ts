import { expect, inject, test } from 'vitest'
import { decodeDeadLetter, type DeadLetter } from '../../src/contract/dead-letter.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { publishCanaries } from '../../src/stream/canary-entries.ts'
import { readToEnd } from '../../src/stream/read-to-end.ts'
import { reportTopic } from '../../src/stream/report-topics.ts'
import { wantedTopicsOf } from '../../src/stream/topics.ts'
import { Deployment, eventually, knownHash, pdqReport } from './deployment.ts'
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
  expect(applied.out).toBe(`${reportTopic(settings.topics, 'third')}: does not exist: done\n`)
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

test('plan looks at the topic of every platform that has one', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'), {}, 3, ['first', 'second'])
  const { log, settings } = deployment
  const topic = reportTopic(settings.topics, 'second')
  await log.alterTopic({ topic, partitions: 3, config: { 'message.timestamp.type': 'CreateTime' } })
  const { code, out } = await new Terminal(deployment).run(['topics', 'plan'])
  expect({ code, out }).toEqual({
    code: 1,
    out: `${topic}: message.timestamp.type is CreateTime and must be LogAppendTime\n`,
  })
})

test('where no platform has a topic, the matcher says how to make one', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const names = { ...deployment.settings.topics, reportsPerPlatform: true }
  await expect(wantedTopicsOf(deployment.log, names, 3)).rejects.toThrow(
    /no platform has a topic yet: `hashwarden topics apply --platform NAME`/,
  )
})
