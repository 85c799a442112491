// Hits that Kafka refuses for good: nothing is lost, next to nothing is published twice, and it shows.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject, expect, test } from 'vitest'
import { Kafka, logLevel } from 'kafkajs'
import type { HashValue } from '../../src/hash/hash-value.ts'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(23)
const REPORTS = 240

/** Changes a setting of the topic of hits. */
const setOnHits = ({ log, settings }: Deployment, name: string, value: string): Promise<void> =>
  log.alterTopic({ topic: settings.topics.hits, partitions: 1, config: { [name]: value } })

/** The ids of the group's members: Kafka gives a new one to each that joins again. */
async function membersOf({ settings }: Deployment): Promise<readonly string[]> {
  const kafka = new Kafka({ brokers: [...settings.kafka.brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { groups } = await admin.describeGroups([settings.match.group])
    return groups[0].members.map(({ memberId }) => memberId).sort()
  } finally {
    await admin.disconnect()
  }
}

const readiness = async (matcher: MatcherProcess): Promise<string> =>
  (await fetch(`${matcher.url}/readyz`)).text()
const isReady = async (matcher: MatcherProcess): Promise<boolean> => (await fetch(`${matcher.url}/readyz`)).ok
const logOf = (matcher: MatcherProcess): readonly { readonly msg: string }[] =>
  readFileSync(matcher.logFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Reports that all match, and the known hash that they match. */
async function matching(deployment: Deployment): Promise<() => Promise<void>> {
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  return () =>
    deployment.submit(...Array.from({ length: REPORTS }, (_, n) => pdqReport(known, `report-${n}`)))
}

test('a topic of hits that takes small batches only gets every hit, and few of them twice', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const submit = await matching(deployment)
  // A hit has about 1,000 bytes: two or three fit.
  await setOnHits(deployment, 'max.message.bytes', '3000')
  await submit()
  const matcher = await deployment.startMatcher()
  await deployment.untilAllMatched()
  expect((await deployment.reportIdsWithHit()).size).toBe(REPORTS)
  expect((await deployment.hits()).length).toBe(REPORTS)

  // It takes less than before, and the matcher learns of it by a refusal.
  await setOnHits(deployment, 'max.message.bytes', '1500')
  await submit()
  await deployment.untilAllMatched()
  expect((await deployment.hits()).length).toBe(2 * REPORTS)
  await eventually(() => isReady(matcher))
})

test('a hit that no batch of its topic may hold is reported with what to set, and nothing is lost once that is set', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const submit = await matching(deployment)
  await setOnHits(deployment, 'max.message.bytes', '300')
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await eventually(() => isReady(matcher))
  const before = await membersOf(deployment)
  await submit()
  await eventually(async () => (await readiness(matcher)).includes('max.message.bytes = 300'))
  await sleep(10_000)
  expect(await isReady(matcher)).toBe(false)
  expect(await membersOf(deployment)).toEqual(before)
  expect((await deployment.hits()).length).toBe(0)
  expect(await deployment.committedRecords()).toBe(0)
  await setOnHits(deployment, 'max.message.bytes', '1048588')
  await deployment.untilAllMatched()
  expect((await deployment.hits()).length).toBe(REPORTS)
  await eventually(() => isReady(matcher))
  await eventually(async () => logOf(matcher).some(({ msg }) => msg.includes('are published again')))
  expect(logOf(matcher).filter(({ msg }) => msg.includes('are refused')).length).toBe(1)
  expect(logOf(matcher).filter(({ msg }) => msg === 'Joined the consumer group').length).toBe(1)
})

test('hits that are refused hold up their own partition alone, and come once the cause is mended', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await eventually(() => isReady(matcher))
  const before = await membersOf(deployment)
  // Records bear the time at which they are sent: none is young enough.
  await setOnHits(deployment, 'message.timestamp.type', 'CreateTime')
  await setOnHits(deployment, 'message.timestamp.before.max.ms', '0')
  const submitTo = async (partition: number, value: HashValue): Promise<void> => {
    for (let n = 0; n < 40; n++)
      await log.produceTo(settings.topics.reports, partition, {
        key: null,
        value: JSON.stringify(pdqReport(value, `report-${partition}-${n}`)),
      })
  }
  await submitTo(1, known)
  await eventually(async () => (await readiness(matcher)).includes('INVALID_TIMESTAMP'))
  await submitTo(0, randomBalancedHash(random))
  await deployment.untilCommitted([{ partition: 0, earliest: 0, end: 40 }])
  await sleep(5_000)
  expect(await isReady(matcher)).toBe(false)
  expect(await membersOf(deployment)).toEqual(before)
  expect((await deployment.hits()).length).toBe(0)
  await setOnHits(deployment, 'message.timestamp.type', 'LogAppendTime')
  await deployment.untilAllMatched()
  expect((await deployment.hits()).length).toBe(40)
  await eventually(() => isReady(matcher))
  expect(logOf(matcher).filter(({ msg }) => msg.includes('are refused')).length).toBe(1)
})
