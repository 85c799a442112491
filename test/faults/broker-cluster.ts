// A real Kafka cluster on this machine: three brokers, and a controller that decides which of them leads a partition.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { freePort, HOST } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import { isLeaderless } from '../../src/kafka/errors.ts'
import { newClusterId } from '../../src/cli/local/broker-storage.ts'

/** Also the replication factor of topics on it. */
export const CLUSTER_BROKERS = 3
const CONTROLLER_ID = 100
const BROKER_HEAP_MB = 256
const CONTROLLER_HEAP_MB = 128

/** Kafka's own topics are replicated as ours are. */
const REPLICATED = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'share.coordinator.state.topic.replication.factor': '3',
  // Shorter sessions than by default, so that a run need not wait long for one to end.
  'group.min.session.timeout.ms': '1000',
}

/** A partition as a broker knows it. */
interface PartitionState {
  /** The leader's node id. */
  readonly leader: number
  /** Node ids of the replicas in sync. */
  readonly inSync: readonly number[]
}

/** A partition of this topic has no leader. */
export class LeaderlessError extends Error {
  readonly code = 'LEADERLESS'
  override readonly name = 'LeaderlessError'
}

/** Three brokers. The controller is a node of its own, and lives: with it, elections would stop, too. */
export class BrokerCluster implements AsyncDisposable {
  readonly #folder: string
  readonly #controller: JavaBroker
  readonly #brokers: readonly JavaBroker[]

  private constructor(folder: string, controller: JavaBroker, brokers: readonly JavaBroker[]) {
    this.#folder = folder
    this.#controller = controller
    this.#brokers = brokers
  }

  static async start(): Promise<BrokerCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'hashwarden-cluster-'))
    const controllerPort = await freePort()
    const common = { clusterId: newClusterId(), controller: `${CONTROLLER_ID}@${HOST}:${controllerPort}` }
    const controller = await startJavaBroker({
      dataDir: join(folder, 'controller'),
      controllerPort,
      heapMb: CONTROLLER_HEAP_MB,
      seat: { ...common, nodeId: CONTROLLER_ID, role: 'controller' },
    })
    const brokers: JavaBroker[] = []
    for (let nodeId = 1; nodeId <= CLUSTER_BROKERS; nodeId++) {
      const seat = { ...common, nodeId, role: 'broker' } as const
      const dataDir = join(folder, `broker-${nodeId}`)
      brokers.push(await startJavaBroker({ dataDir, heapMb: BROKER_HEAP_MB, seat, overrides: REPLICATED }))
    }
    return new BrokerCluster(folder, controller, brokers)
  }

  /** Addresses of all brokers, as KAFKA_BROKERS has them. */
  get addresses(): string {
    return this.#brokers.map(({ brokers }) => brokers).join(',')
  }

  /** The broker of a node id, from 1 to 3. */
  broker(nodeId: number): JavaBroker {
    return this.#brokers[nodeId - 1]
  }

  /**
   * The state of each partition of a topic, as one broker knows it.
   * @throws LeaderlessError if one of them has no leader.
   */
  async partitions(topic: string, nodeId: number): Promise<readonly PartitionState[]> {
    const client = new kafkajs.Kafka({
      brokers: [this.broker(nodeId).brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    })
    const admin = client.admin()
    await admin.connect()
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0].partitions.map(({ leader, isr }) => ({ leader, inSync: isr }))
    } catch (error) {
      throw isLeaderless(error) ? new LeaderlessError(topic, { cause: error }) : error
    } finally {
      await admin.disconnect()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The controller last: brokers end in order only while they can tell it.
    await Promise.all(this.#brokers.map((broker) => broker.stop()))
    await this.#controller.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
