import type { JavaBroker } from '../../src/cli/local/broker-java.ts'
import type { MatcherLaunch } from '../../src/cli/local/matcher-process.ts'
import type { Random } from '../../src/sample/random-hash.ts'
import type { Deployment } from '../integration/deployment.ts'
import type { BrokerCluster } from './broker-cluster.ts'
import type { Fleet } from './fleet.ts'
import type { Gate } from './gate.ts'
import type { KnownList } from './known-list.ts'
import type { PlantedTraffic } from './planted-traffic.ts'

/** A group takes a member for dead after this time without a heartbeat. */
export const SESSION_TIMEOUT_MS = 3_000

/** What a fault can strike at: a deployment under traffic. */
export interface Scene {
  readonly broker: JavaBroker
  /** Through which the matchers come, if the fault wants it. */
  readonly gate: Gate
  /** If the fault needs one. */
  readonly cluster: BrokerCluster | undefined
  readonly deployment: Deployment
  readonly fleet: Fleet
  readonly traffic: PlantedTraffic
  readonly list: KnownList
  readonly random: Random
  /** Where matchers keep their snapshot, if they do. */
  readonly snapshotFolder: string
  /** The newest generation of the matchers' group that the broker has written down. */
  readonly generation: () => Promise<number>
}

/** A fault, and what it needs. */
export interface Fault {
  readonly name: string
  readonly leastMatchers?: number
  readonly leastThreads?: number
  readonly needsSnapshots?: boolean
  /** Three brokers, on which each topic has three replicas. */
  readonly needsCluster?: boolean
  /** Matchers reach the broker through the gate; traffic and the oracle do not. */
  readonly throughGate?: boolean
  /** Matchers may end by themselves, and are started again. */
  readonly endsMatchers?: boolean
  /** Offsets of reports begin anew. */
  readonly replacesReports?: boolean
  /** Snapshots may fail to be written. */
  readonly failsSnapshots?: boolean
  /** Makes ready before the matchers start: what they are started with, and what undoes it at the end of the run. */
  readonly prepare?: (scene: Pick<Scene, 'deployment' | 'snapshotFolder'>) => Promise<Preparation>
  /** Strikes while traffic goes on, and resolves with what proves that it did; throws FaultMissed if it didn't. */
  readonly strike: (scene: Scene) => Promise<string>
}

interface Preparation {
  readonly launch?: MatcherLaunch
  readonly undo?: () => Promise<void>
  /** Reports that must become dead letters, because they kill each thread that touches them. */
  readonly killers?: ReadonlySet<string>
}

/** The fault didn't strike, so that the run says nothing. */
export class FaultMissed extends Error {
  readonly code = 'FAULT_MISSED'
  override readonly name = 'FaultMissed'
}

/** A number of milliseconds from `least` to below `most`. */
export const somewhere = (random: Random, least: number, most: number): number =>
  least + random() * (most - least)
