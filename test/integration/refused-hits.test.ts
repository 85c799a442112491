// Hits that Kafka refuses for good: nothing is lost, next to nothing is published twice, and it shows.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject, expect, onTestFinished, test } from 'vitest'
import kafkajs from 'kafkajs'
import type { HashValue } from '../../src/hash/hash-value.ts'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import { readGroupHistory } from '../faults/group-history.ts'
import { Deployment } from './deployment.ts'
import { administer } from './administer.ts'
import { listedRights, startSecureBroker, STRANGER } from './secure-broker.ts'

const random = seededRandom(23)
const REPORTS = 240

/** Changes a setting of the topic of hits. */
const setOnHits = ({ log, settings }: Deployment, name: string, value: string): Promise<void> =>
  log.alterTopic({ topic: settings.topics.hits, partitions: 1, config: { [name]: value } })

/** The generations that the group has had: Kafka begins a new one whenever a member joins, also if it joins again. */
const generationsOf = async ({ log, settings }: Deployment): Promise<readonly number[]> =>
  (await readGroupHistory(log, settings.match.group)).generations

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

/** Why a topic of hits refuses them for good, as readiness and the log put it, and what mends that. */
interface Refusal {
  readonly says: RegExp
  readonly mend: () => Promise<void>
}

/** Submits reports that match while their hits are refused, mends the cause, and checks what must hold of any cause. */
async function submitAndMend(
  deployment: Deployment,
  matcher: MatcherProcess,
  submit: () => Promise<void>,
  { says, mend }: Refusal,
): Promise<void> {
  const refused = (): string[] =>
    logOf(matcher)
      .filter(({ msg }) => msg.includes('are refused'))
      .map((line) => JSON.stringify(line))
  const before = await generationsOf(deployment)
  await submit()
  await eventually(async () => says.test(await readiness(matcher)))
  for (let seconds = 0; seconds < 10; seconds++) {
    await sleep(1_000)
    expect(await isReady(matcher)).toBe(false)
  }
  expect((await deployment.hits()).length).toBe(0)
  expect(await deployment.committedRecords()).toBe(0)
  expect(refused()).toEqual([expect.stringMatching(says)])
  await mend()
  await deployment.untilAllMatched()
  const hitIds = (await deployment.hits()).map(({ hitId }) => hitId)
  expect([hitIds.length, new Set(hitIds).size]).toEqual([REPORTS, REPORTS])
  await eventually(() => isReady(matcher))
  await eventually(async () => logOf(matcher).some(({ msg }) => msg.includes('are published again')))
  expect(refused().length).toBe(1)
  expect(await generationsOf(deployment)).toEqual(before)
}

test('a hit that no batch of its topic may hold is reported with what to set, and nothing is lost once that is set', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const submit = await matching(deployment)
  await setOnHits(deployment, 'max.message.bytes', '300')
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await eventually(() => isReady(matcher))
  await submitAndMend(deployment, matcher, submit, {
    says: /max\.message\.bytes = 300/,
    mend: () => setOnHits(deployment, 'max.message.bytes', '1048588'),
  })
})

/** A broker, and one that joins its cluster: only partitions that are moved to it on purpose have a replica there. */
async function startTwoBrokers(): Promise<{
  readonly first: string
  readonly joinSecond: () => Promise<JavaBroker>
}> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-two-brokers-'))
  const brokers: JavaBroker[] = []
  onTestFinished(async () => {
    for (const broker of brokers.toReversed()) await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const controllerPort = await freePort()
  const first = await startJavaBroker({ dataDir: join(folder, 'first'), controllerPort, heapMb: 256 })
  brokers.push(first)
  const joinSecond = async (): Promise<JavaBroker> => {
    const { clusterId } = await administer(first.brokers, (admin) => admin.describeCluster())
    const seat = {
      clusterId,
      nodeId: 2,
      role: 'broker',
      controller: `1@127.0.0.1:${controllerPort}`,
    } as const
    const second = await startJavaBroker({ dataDir: join(folder, 'second'), seat, heapMb: 256 })
    brokers.push(second)
    return second
  }
  return { first: first.brokers, joinSecond }
}

test('hits for which too few replicas are in sync are reported once, and each comes once when its broker is back', async () => {
  const { first, joinSecond } = await startTwoBrokers()
  await using deployment = await Deployment.on(first)
  const submit = await matching(deployment)
  const { topic, partitions } = (await deployment.log.describe([deployment.settings.topics.hits]))[0]
  // All else is on the first broker by now, its own topic of commits included.
  await eventually(async () => (await deployment.committedRecords()) === 0)
  const second = await joinSecond()
  await administer(first, async (admin) => {
    const partitionAssignment = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      replicas: [1, 2],
    }))
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
  })
  const untilInSync = (replicas: number): Promise<void> =>
    eventually(() =>
      administer(first, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        return topics[0].partitions.every(({ isr }) => isr.length === replicas)
      }),
    )
  await untilInSync(2)
  await setOnHits(deployment, 'min.insync.replicas', '2')
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await eventually(() => isReady(matcher))
  await second.stop()
  await untilInSync(1)
  await submitAndMend(deployment, matcher, submit, {
    says: /NOT_ENOUGH_REPLICAS\).*min\.insync\.replicas.*Bring its brokers back/,
    mend: () => second.restart(),
  })
})

test('hits that the matcher may no longer write are reported once, and each comes once when it may again', async () => {
  await using broker = await startSecureBroker()
  await using deployment = await Deployment.on(broker.address.open)
  const submit = await matching(deployment)
  await broker.grant(STRANGER.name, listedRights('match', deployment.settings))
  const { name: username, password } = STRANGER
  const matcher = await deployment.startMatcher(
    [broker.address.passwords],
    { threads: 1 },
    {
      tls: { ca: broker.ca },
      sasl: { mechanism: 'plain', username, password: { file: broker.file('password', password) } },
    },
  )
  await eventually(() => isReady(matcher))
  const lift = await broker.deny(username, [
    [kafkajs.AclResourceTypes.TOPIC, deployment.settings.topics.hits, kafkajs.AclOperationTypes.WRITE],
  ])
  await submitAndMend(deployment, matcher, submit, {
    says: /TOPIC_AUTHORIZATION_FAILED\).*Grant Write by Kafka's ACLs/,
    mend: lift,
  })
})

test('hits that are refused hold up their own partition alone, and come once the cause is mended', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  const matcher = await deployment.startMatcher(undefined, { threads: 1 })
  await eventually(() => isReady(matcher))
  const before = await generationsOf(deployment)
  await setOnHits(deployment, 'max.message.bytes', '300')
  const submitTo = async (partition: number, value: HashValue): Promise<void> => {
    for (let n = 0; n < 40; n++)
      await log.produceTo(settings.topics.reports, partition, {
        key: null,
        value: JSON.stringify(pdqReport(value, `report-${partition}-${n}`)),
      })
  }
  await submitTo(1, known)
  await eventually(async () => (await readiness(matcher)).includes('max.message.bytes = 300'))
  await submitTo(0, randomBalancedHash(random))
  await deployment.untilCommitted([{ partition: 0, earliest: 0, end: 40 }])
  await sleep(5_000)
  expect(await isReady(matcher)).toBe(false)
  expect(await generationsOf(deployment)).toEqual(before)
  expect((await deployment.hits()).length).toBe(0)
  await setOnHits(deployment, 'max.message.bytes', '1048588')
  await deployment.untilAllMatched()
  expect((await deployment.hits()).length).toBe(40)
  await eventually(() => isReady(matcher))
  expect(logOf(matcher).filter(({ msg }) => msg.includes('are refused')).length).toBe(1)
})

test('hits of looking back that no batch may hold are reported once, and each comes once when it is taken', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  await publishCanaries(deployment.log, deployment.settings.topics.knownHashes)
  const later = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await deployment.submit(...Array.from({ length: 20 }, (_, n) => pdqReport(later, `early-${n}`)))
  const retro = { share: 1, maxLagRecords: 1_000_000 }
  const matcher = await deployment.startMatcher(undefined, { threads: 1, canarySeconds: 1, retro })
  await deployment.untilAllMatched()
  await eventually(() => isReady(matcher))
  await setOnHits(deployment, 'max.message.bytes', '300')
  await deployment.addKnown(knownHash('pdq', later))
  await eventually(async () => /looking-back.*max\.message\.bytes = 300/.test(await readiness(matcher)))
  await sleep(5_000)
  expect(await isReady(matcher)).toBe(false)
  expect((await deployment.hits()).length).toBe(0)
  await setOnHits(deployment, 'max.message.bytes', '1048588')
  await eventually(() => isReady(matcher))
  await eventually(async () =>
    logOf(matcher).some(({ msg }) => msg === 'Hits of looking back are published again'),
  )
  await eventually(async () => (await deployment.hits()).length >= 20)
  expect((await deployment.hits()).map(({ report }) => report.reportId).sort()).toEqual(
    Array.from({ length: 20 }, (_, n) => `early-${n}`).sort(),
  )
  expect(logOf(matcher).filter(({ msg }) => msg.includes('are not taken')).length).toBe(1)
})
