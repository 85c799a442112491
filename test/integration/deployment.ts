// What tests with a real Kafka share: topics, a group and matcher processes of their own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { decodeHit, type Hit } from '../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import {
  startMatcherProcess,
  type MatcherLaunch,
  type MatcherProcess,
} from '../../src/cli/local/matcher-process.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { PartitionOffsets } from '../../src/log/event-log.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import {
  applyTopics,
  keysTopic,
  listsTopic,
  statusTopic,
  wantedTopics,
} from '../../src/stream/topics/topics.ts'
import { eventually } from '../fixtures/eventually.ts'

/** One deployment with topics and a group of its own on a broker that tests may share. */
export class Deployment implements AsyncDisposable {
  readonly settings: Settings
  readonly log: KafkaLog
  readonly folder = mkdtempSync(join(tmpdir(), 'hashwarden-test-'))
  readonly #matchers: MatcherProcess[] = []
  #started = 0

  private constructor(
    brokers: string,
    kafka: Partial<Settings['kafka']>,
    partitions: number,
    reportsPerPlatform: boolean,
    replicationFactor: number,
  ) {
    const own = randomUUID().slice(0, 8)
    const { topics, ...settings } = loadSettings(undefined, { KAFKA_BROKERS: brokers })
    const named = Object.fromEntries(
      Object.entries(topics).map(([role, topic]) => [
        role,
        typeof topic === 'string' ? `${topic}-${own}` : topic,
      ]),
    )
    this.settings = {
      ...settings,
      kafka: { ...settings.kafka, ...kafka },
      // The same four roles, each with another name.
      topics: { ...(named as Settings['topics']), reportsPerPlatform },
      provision: { partitions, replicationFactor },
      // Without canaries, so that topics hold what the tests put there, and without looking back, so that each report
      // makes one hit: they have tests of their own.
      match: {
        ...settings.match,
        group: `hashwarden-${own}`,
        canarySeconds: 0,
        retro: { ...settings.match.retro, share: 0 },
      },
    }
    this.log = new KafkaLog(this.settings.kafka)
  }

  static async on(
    brokers: string,
    kafka: Partial<Settings['kafka']> = {},
    partitions = 3,
    /** Each has a topic of its own; none: all reports come by one. */
    platforms: readonly string[] = [],
    replicationFactor = 1,
  ): Promise<Deployment> {
    const perPlatform = platforms.length > 0
    const deployment = new Deployment(brokers, kafka, partitions, perPlatform, replicationFactor)
    const { topics, provision } = deployment.settings
    const wanted = [
      ...wantedTopics(topics, provision.partitions, platforms),
      statusTopic(topics.status),
      listsTopic(topics.lists),
      keysTopic(topics.gatewayKeys),
    ]
    await applyTopics(deployment.log, wanted, topics, provision.replicationFactor)
    return deployment
  }

  /** Starts `hashwarden match` as a process, on other brokers or with other settings if they are named. */
  async startMatcher(
    brokers = this.settings.kafka.brokers,
    match: Partial<Settings['match']> = {},
    kafka: Partial<Settings['kafka']> = {},
    launch: MatcherLaunch = {},
  ): Promise<MatcherProcess> {
    const settings = {
      ...this.settings,
      kafka: { ...this.settings.kafka, ...kafka, brokers },
      match: { ...this.settings.match, ...match },
    }
    const folder = join(this.folder, `matcher-${this.#started++}`)
    const matcher = await startMatcherProcess(settings, folder, launch)
    this.#matchers.push(matcher)
    return matcher
  }

  async addKnown(...entries: KnownHash[]): Promise<void> {
    await this.log.produce(
      this.settings.topics.knownHashes,
      entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
    )
  }

  async removeKnown(...entries: KnownHash[]): Promise<void> {
    await this.log.produce(
      this.settings.topics.knownHashes,
      entries.map((entry) => ({ key: knownHashKey(entry), value: null })),
    )
  }

  async submit(...reports: Report[]): Promise<void> {
    await this.log.produce(
      this.settings.topics.reports,
      reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
    )
  }

  /** All hits that the log holds now, duplicates included. */
  async hits(): Promise<Hit[]> {
    const hits: Hit[] = []
    await readToEnd(this.log, this.settings.topics.hits, ({ value }) => {
      const hit = decodeHit(value)
      if ('hitId' in hit) hits.push(hit)
      else throw new Error(`A record of the hit topic is no hit: ${hit.toString()}`)
    })
    return hits
  }

  /** The reports' ids that have a hit. */
  async reportIdsWithHit(): Promise<Set<string>> {
    return new Set((await this.hits()).map(({ report }) => report.reportId))
  }

  async committedRecords(): Promise<number> {
    const committed = await this.log.committed(this.settings.match.group, this.settings.topics.reports)
    return committed.reduce((sum, { offset }) => sum + offset, 0)
  }

  /** Waits until the group has committed all that the report topic holds. */
  async untilAllMatched(withinMs?: number): Promise<void> {
    let ends: readonly PartitionOffsets[] = []
    // A broker that has just come back answers for a moment that it leads no partition.
    await eventually(async () => {
      ends = await this.log.offsets(this.settings.topics.reports)
      return true
    })
    await this.untilCommitted(ends, withinMs)
  }

  /** Waits until the group has committed each partition of the reports up to these ends. */
  async untilCommitted(ends: readonly PartitionOffsets[], withinMs?: number): Promise<void> {
    const { topics, match } = this.settings
    await eventually(async () => {
      const commits = await this.log.committed(match.group, topics.reports)
      const committed = new Map(commits.map(({ partition, offset }) => [partition, offset]))
      return ends.every(({ partition, end }) => (committed.get(partition) ?? 0) >= end)
    }, withinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#matchers.map((matcher) => matcher.stop()))
    await this.log.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
