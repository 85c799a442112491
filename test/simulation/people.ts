import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { Report } from '../../src/contract/report.ts'
import type { BendableLog } from '../log/bendable-log.ts'
import { reportTopic, reportTopicsNow, type TopicNames } from '../../src/stream/topics/report-topics.ts'
import { applyTopics, wantedTopicsOf } from '../../src/stream/topics/topics.ts'
import type { Chance } from './chance.ts'
import { Material, PLATFORMS } from './material.ts'
import type { Actor } from './scheduler.ts'

const RUBBISH = ['', '{', '{"schema":"report/1"}'] as const
const FILLER = { type: 'sha256', value: '01'.padStart(64, '0') } as const

export interface PeopleOptions {
  readonly actor: Actor
  readonly log: BendableLog
  readonly topics: TopicNames
  readonly partitions: number
  readonly material: Material
  readonly chance: Chance
}

/** Those who report, keep lists and make topics: what they write is always written. */
export class People {
  readonly #options: PeopleOptions
  readonly #listed = new Map<string, KnownHash>()
  readonly #reports: Report[] = []
  #reportTopics: readonly string[] = []

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** Makes the topics; of platforms that have one each, that of the first or that of the next, too. */
  async makeTopics(platforms = 1): Promise<void> {
    const { log, topics, partitions } = this.#options
    const wanted = await wantedTopicsOf(log, topics, partitions, PLATFORMS.slice(0, platforms))
    await applyTopics(log, wanted, topics, 1)
    this.#reportTopics = await reportTopicsNow(log, topics)
  }

  get reportTopics(): readonly string[] {
    return this.#reportTopics
  }

  async report(): Promise<void> {
    const { chance, material } = this.#options
    for (let n = chance.between(1, 3); n > 0; n--) {
      const report = material.report(`r${this.#reports.length}`)
      this.#reports.push(report)
      await this.#submit(report.reportId, JSON.stringify(report), this.#topicOf(report))
    }
  }

  async reportAgain(): Promise<void> {
    const { chance, material } = this.#options
    const before = chance.from(this.#reports)
    if (!before) return
    // Now and then something else under the same id, which is forbidden.
    const { hashes } = chance.is(0.3) ? material.report(before.reportId) : before
    const mediaType = hashes === before.hashes ? before.mediaType : 'video'
    await this.#submit(
      before.reportId,
      JSON.stringify({ ...before, hashes, mediaType }),
      this.#topicOf(before),
    )
  }

  async rubbish(): Promise<void> {
    const { chance } = this.#options
    await this.#submit('rubbish', chance.of(RUBBISH), chance.from(this.#reportTopics))
  }

  /** Somebody's transaction is aborted, or compaction empties a batch: offsets without a record, in any topic. */
  leaveGap(): void {
    const { log, topics, chance, partitions } = this.#options
    const topic = chance.from([topics.knownHashes, topics.hits, ...this.#reportTopics]) ?? topics.hits
    const partition = topic === topics.knownHashes ? 0 : chance.below(partitions)
    log.leaveGap({ topic, partition }, chance.between(1, 8))
  }

  /** Reports of nothing known in every partition: without canaries, positions go on only with reports. */
  async fill(): Promise<void> {
    const { log, topics, material, partitions } = this.#options
    for (const topic of this.#reportTopics) {
      const platform = PLATFORMS.find((name) => topic === `${topics.reports}.${name}`) ?? PLATFORMS[0]
      for (let partition = 0; partition < partitions; partition++) {
        const report = { ...material.report(`filler-${topic}-${partition}`), platform, hashes: [FILLER] }
        await log.produceTo(topic, partition, { key: report.reportId, value: JSON.stringify(report) })
      }
    }
  }

  async changeList(): Promise<void> {
    const { actor, log, topics, material, chance } = this.#options
    const [key, listed] = chance.from([...this.#listed]) ?? []
    if (key === undefined || !listed || chance.is(0.6)) return this.publish(material.entry())
    this.#listed.delete(key)
    actor.scheduler.note(actor, `removes ${described(listed)}`)
    await log.produce(topics.knownHashes, [{ key, value: null }])
  }

  /** Entries that nothing comes near, so that the set is large enough. */
  async publishAnchors(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.publish(this.#options.material.anchor())
  }

  async publish(entry: KnownHash): Promise<void> {
    const { actor, log, topics } = this.#options
    const key = knownHashKey(entry)
    this.#listed.set(key, entry)
    actor.scheduler.note(actor, `lists ${described(entry)}`)
    await log.produce(topics.knownHashes, [{ key, value: encodeKnownHash(entry) }])
  }

  /** The topic that a report belongs into, if it is there; now and then another, where it must not count. */
  #topicOf({ platform }: Report): string | undefined {
    const { chance, topics } = this.#options
    const own = reportTopic(topics, platform)
    return this.#reportTopics.includes(own) && chance.is(0.9) ? own : chance.from(this.#reportTopics)
  }

  async #submit(key: string, value: string, topic: string | undefined): Promise<void> {
    const { actor, log, partitions, chance } = this.#options
    if (topic === undefined) return
    actor.scheduler.note(actor, `reports ${key} to ${topic}`)
    await log.produceTo(topic, chance.below(partitions), { key, value })
  }
}

const described = ({ type, role, source, sourceId, classification }: KnownHash): string =>
  `${role} ${type} ${source}:${sourceId} ${classification.code}`
