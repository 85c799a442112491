import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { CHECK_MS } from '../../../src/kafka/topic-incarnation.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, somewhere, type Fault, type Scene } from '../fault.ts'
import { untilAcknowledged } from '../until-acknowledged.ts'
import { untilReady } from '../until-ready.ts'

/** What was passed over when a topic was made again, if anything, is noticed within this time. */
const NOTICED_MS = CHECK_MS + 1_000

/** What was in it is gone; every report that is submitted from then on must be matched. */
export const reportsReplaced: Fault = {
  name: 'reports deleted and made again',
  replacesReports: true,
  strike: async (scene) => {
    // One that still starts refuses to work without the topic, by right.
    await untilReady(scene.fleet)
    const { before, after } = await replaceReports(scene, somewhere(scene.random, 0, 2_000))
    await sleep(NOTICED_MS)
    return `its partitions’ ends went from ${before} to ${after}`
  },
}

/** A commit of the old topic is on its way while the new one grows past it: what lies before it must not be passed over. */
export const oldCommit: Fault = {
  name: 'a commit of a topic that was made again',
  throughGate: true,
  replacesReports: true,
  strike: async (scene) => {
    const { gate, fleet } = scene
    await untilReady(fleet)
    await gate.holdCommits()
    try {
      const { before, after } = await replaceReports(scene, 0)
      return `a commit was held while the partitions’ ends went from ${before} to ${after} and beyond`
    } finally {
      gate.reopen()
      await sleep(NOTICED_MS)
    }
  },
}

/** Makes reports again, and lets the new ones reach the offsets of old ones. */
async function replaceReports(scene: Scene, gapMs: number): Promise<{ before: number; after: number }> {
  const { deployment, traffic } = scene
  const { log, settings } = deployment
  const before = sumOfEnds(await log.offsets(settings.topics.reports))
  await replace(scene, settings.topics.reports, gapMs, () => traffic.topicIsGone())
  let after = before
  await eventually(async () => {
    after = sumOfEnds(await log.offsets(settings.topics.reports))
    return true
  })
  if (after >= before) throw new FaultMissed('The topic does not end before it did')
  while (sumOfEnds(await log.offsets(settings.topics.reports)) < 2 * before) {
    await traffic.submit(Array.from({ length: 100 }, () => traffic.nearReport()))
  }
  return { before, after }
}

/** Every matcher ends and starts again: none goes on with a list that is gone. */
export const knownHashesReplaced: Fault = {
  name: 'known-hashes deleted and made again',
  endsMatchers: true,
  strike: async (scene) => {
    const { deployment, fleet, list, random } = scene
    await untilReady(fleet)
    const matchers = fleet.running
    await replace(scene, deployment.settings.topics.knownHashes, somewhere(random, 0, 2_000), () => {})
    await list.publish()
    const codes = await Promise.all(
      matchers.map(({ exitCode }) => Promise.race([exitCode, sleep(120_000, 'still running')])),
    )
    const haveSaidSo = matchers.every(({ logFile }) =>
      readFileSync(logFile, 'utf8').includes('was deleted and created again'),
    )
    if (codes.some((code) => code !== 1) || !haveSaidSo)
      throw new FaultMissed(`Matchers ended like this: ${codes.join(', ')}; ${fleet.ends.join('; ')}`)
    return `every matcher (${matchers.length}) said so and ended`
  },
}

const sumOfEnds = (offsets: readonly { readonly end: number }[]): number =>
  offsets.reduce((sum, { end }) => sum + end, 0)

async function replace(
  { deployment }: Scene,
  topic: string,
  gapMs: number,
  onGone: () => void,
): Promise<void> {
  const { kafka, topics, provision } = deployment.settings
  const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [topic] })
    await eventually(async () => !(await admin.listTopics()).includes(topic))
  } finally {
    await admin.disconnect()
  }
  onGone()
  await sleep(gapMs)
  // A connection of its own: the deployment's still believes in the topic that is gone.
  const log = new KafkaLog(kafka)
  try {
    // A topic that was only just deleted may be refused at first.
    await untilAcknowledged(async () => {
      await applyTopics(log, wantedTopics(topics, provision.partitions), topics, 1)
    })
    await publishCanaries(log, topics.knownHashes)
  } finally {
    await log.close()
  }
}
