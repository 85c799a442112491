import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { publishCanaries } from '../../../src/stream/canary-entries.ts'
import { KafkaLog } from '../../../src/stream/kafka-log.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics.ts'
import { eventually } from '../../integration/deployment.ts'
import { FaultMissed, somewhere, type Fault, type Scene } from '../fault.ts'
import { untilAcknowledged } from '../until-acknowledged.ts'

/** What was in it is gone; every report that is submitted from then on must be matched. */
export const reportsReplaced: Fault = {
  name: 'reports deleted and made again',
  replacesReports: true,
  strike: async (scene) => {
    const { deployment, traffic } = scene
    const { log, settings } = deployment
    const before = sumOfEnds(await log.offsets(settings.topics.reports))
    await replace(scene, settings.topics.reports, () => traffic.topicIsGone())
    let after = before
    await eventually(async () => {
      after = sumOfEnds(await log.offsets(settings.topics.reports))
      return true
    })
    if (after >= before) throw new FaultMissed('The topic does not end before it did')
    // Its partitions soon reach the offsets of old ones.
    while (sumOfEnds(await log.offsets(settings.topics.reports)) < 2 * before) {
      await traffic.submit(Array.from({ length: 100 }, () => traffic.nearReport()))
    }
    return `its partitions’ ends went from ${before} to ${after}`
  },
}

/** Every matcher ends and starts again: none goes on with a list that is gone. */
export const knownHashesReplaced: Fault = {
  name: 'known-hashes deleted and made again',
  endsMatchers: true,
  strike: async (scene) => {
    const { deployment, fleet, list } = scene
    const matchers = fleet.running
    await replace(scene, deployment.settings.topics.knownHashes, () => {})
    await list.publish()
    const codes = await Promise.all(
      matchers.map(({ exitCode }) => Promise.race([exitCode, sleep(30_000, 'still running')])),
    )
    const haveSaidSo = matchers.every(({ logFile }) =>
      readFileSync(logFile, 'utf8').includes('known-hashes was made again'),
    )
    if (codes.some((code) => code !== 1) || !haveSaidSo)
      throw new FaultMissed(`Matchers ended like this: ${codes.join(', ')}; ${fleet.ends.join('; ')}`)
    return `every matcher (${matchers.length}) said so and ended`
  },
}

const sumOfEnds = (offsets: readonly { readonly end: number }[]): number =>
  offsets.reduce((sum, { end }) => sum + end, 0)

async function replace({ deployment, random }: Scene, topic: string, onGone: () => void): Promise<void> {
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
  await sleep(somewhere(random, 0, 2_000))
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
