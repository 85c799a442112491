// Publishes hits of made-up uploaders: many are sent twice, and some come back with one match more.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hit } from '../../../src/contract/hit.ts'
import { encodeHit } from '../../../src/contract/hit.ts'
import { mergeHits } from '../../../src/contract/hit-merge.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import type { Random } from '../../../src/sample/random-hash.ts'
import { hitOf, matchOf } from '../../review/made-hits.ts'

const TICK_MS = 100
const HITS_A_TICK = 6
const AGAIN_SHARE = 0.2
const MORE_EVIDENCE_SHARE = 0.05
const UPLOADERS = 40

export class HitSource {
  readonly #log: EventLog
  readonly #topic: string
  readonly #random: Random
  /** By id, what all of its records say together. */
  readonly #merged = new Map<string, Hit>()
  #records = 0

  constructor(log: EventLog, topic: string, random: Random) {
    this.#log = log
    this.#topic = topic
    this.#random = random
  }

  /** The hits that a reader of the topic must have, by id. */
  get merged(): ReadonlyMap<string, Hit> {
    return this.#merged
  }

  get records(): number {
    return this.#records
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hits = Array.from({ length: HITS_A_TICK }, () => this.#next())
      await this.#log.produce(
        this.#topic,
        hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
      )
      this.#records += hits.length
      for (const hit of hits) {
        const before = this.#merged.get(hit.hitId)
        this.#merged.set(hit.hitId, before ? mergeHits(before, hit) : hit)
      }
      await sleep(TICK_MS)
    }
  }

  #next(): Hit {
    const known = [...this.#merged.values()]
    const chance = this.#random()
    if (known.length > 0 && chance < AGAIN_SHARE) {
      const hit = known[Math.floor(this.#random() * known.length)]
      if (chance >= MORE_EVIDENCE_SHARE) return hit
      const more = matchOf(`more-${hit.matches.length}-${hit.report.reportId}`)
      return { ...hit, matches: [more], matchCount: 1 }
    }
    const reportId = `report-${this.#merged.size}-${this.#records}-${Math.floor(this.#random() * 1e9)}`
    const actor = Math.floor(this.#random() * UPLOADERS)
    // Some reports name no uploader: each of their hits is a case by itself.
    return hitOf({ reportId, ...(actor < 2 ? {} : { actorRef: `uploader-${actor}` }) })
  }
}
