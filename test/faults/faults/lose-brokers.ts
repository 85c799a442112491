// Faults of a cluster of three brokers, on which two replicas must have a record before it is acknowledged.
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../../fixtures/eventually.ts'
import { LeaderlessError, type BrokerCluster } from '../broker-cluster.ts'
import { FaultMissed, somewhere, type Fault, type Scene } from '../fault.ts'

/** What was sent before a fault may still be acknowledged this long after it. */
const IN_FLIGHT_MS = 1_000
/** How long it is watched that something doesn't happen. */
const WATCHED_MS = 2_000

export const killLeader: Fault = {
  name: 'kill -9 of a partition’s leader',
  needsCluster: true,
  strike: async (scene) => {
    const { random, traffic } = scene
    const { cluster, reports } = placeOf(scene)
    const [{ leader }] = await cluster.partitions(reports, 1)
    const [survivor] = othersThan(leader)
    await cluster.broker(leader).kill()
    const newLeader = async (): Promise<number> => (await cluster.partitions(reports, survivor))[0].leader
    await eventually(async () => ![leader, -1].includes(await newLeader()))
    const next = await newLeader()
    const before = traffic.acknowledged.size
    await eventually(async () => traffic.acknowledged.size > before)
    await sleep(somewhere(random, 0, 2_000))
    await cluster.broker(leader).restart()
    await untilInSync(scene, survivor, [1, 2, 3])
    return `broker ${next} led after broker ${leader}, and reports were acknowledged before that was back`
  },
}

export const loseTwoBrokers: Fault = {
  name: 'only a broker that is behind is left',
  needsCluster: true,
  strike: async (scene) => {
    const { traffic } = scene
    const { cluster, reports } = placeOf(scene)
    const [{ leader: last }] = await cluster.partitions(reports, 1)
    const [behind, second] = othersThan(last)
    await cluster.broker(behind).kill()
    await untilInSync(scene, last, [last, second])
    const missed = traffic.acknowledged.size
    // These are records that the first broker lacks.
    await eventually(async () => traffic.acknowledged.size > missed)

    await cluster.broker(second).kill()
    await untilInSync(scene, last, [last])
    await sleep(IN_FLIGHT_MS)
    const before = traffic.acknowledged.size
    await sleep(WATCHED_MS)
    if (traffic.acknowledged.size !== before)
      throw new Error('Kafka acknowledged reports that one broker alone had')

    await cluster.broker(last).kill()
    await cluster.broker(behind).restart()
    await eventually(() => isLeaderless(cluster, reports, behind))
    await sleep(WATCHED_MS)
    for (const topic of topicsOf(scene))
      if (!(await isLeaderless(cluster, topic, behind)))
        throw new Error(`A broker that lacks acknowledged records became the leader of ${topic}`)

    await Promise.all([last, second].map((nodeId) => cluster.broker(nodeId).restart()))
    await untilInSync(scene, last, [1, 2, 3])
    await eventually(async () => traffic.acknowledged.size > before)
    return `${before - missed} reports that broker ${behind} lacked; with broker ${last} alone none was acknowledged, and with broker ${behind} alone no partition had a leader`
  },
}

function placeOf({ cluster, deployment }: Scene): {
  readonly cluster: BrokerCluster
  readonly reports: string
} {
  if (!cluster) throw new FaultMissed('This fault needs a cluster')
  return { cluster, reports: deployment.settings.topics.reports }
}

const othersThan = (nodeId: number): readonly number[] => [1, 2, 3].filter((other) => other !== nodeId)

function topicsOf({ deployment }: Scene): readonly string[] {
  const { reports, knownHashes, hits, deadLetters } = deployment.settings.topics
  return [reports, knownHashes, hits, deadLetters]
}

/** Waits until all partitions of all topics have exactly these replicas in sync, as this broker knows it. */
async function untilInSync(scene: Scene, asked: number, nodeIds: readonly number[]): Promise<void> {
  const { cluster } = placeOf(scene)
  const wanted = new Set(nodeIds)
  await eventually(async () => {
    for (const topic of topicsOf(scene))
      for (const { inSync } of await cluster.partitions(topic, asked))
        if (inSync.length !== wanted.size || !inSync.every((id) => wanted.has(id))) return false
    return true
  })
}

async function isLeaderless(cluster: BrokerCluster, topic: string, asked: number): Promise<boolean> {
  try {
    await cluster.partitions(topic, asked)
    return false
  } catch (error) {
    if (error instanceof LeaderlessError) return true
    throw error
  }
}
