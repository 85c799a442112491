import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHit, type Hit } from '../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { type MatchService } from '../../src/cli/match-service.ts'
import { makeReport } from '../../src/cli/report.ts'
import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { randomBalancedHash, seededRandom, writeNearHash, type Random } from '../../src/hash/random-hash.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import { publishCanaries } from '../../src/stream/canary-entries.ts'
import type { EventLog, OutgoingRecord } from '../../src/stream/event-log.ts'
import { MemoryLog } from '../../src/stream/memory-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics.ts'
import { knownHash } from '../integration/deployment.ts'
import { startedMatcher } from './started-matcher.ts'

const defaults = loadSettings(undefined, {})
// What live matching alone finds: test/simulation/retro.test.ts looks back, too.
const settings = { ...defaults, match: { ...defaults.match, retro: { share: 0, maxLagRecords: 0 } } }
const { topics, match } = settings
const policy = loadPolicy()
const RADIUS = policy.hashes.pdq?.maxDistanceBits ?? 0

/** One journey on the in-memory log: what was submitted, and matchers that come and go. */
class World {
  readonly log = new MemoryLog()
  readonly #services = new Set<MatchService>()

  async start(): Promise<void> {
    await applyTopics(this.log, wantedTopics(topics, 4), topics, 1)
    await publishCanaries(this.log, topics.knownHashes)
  }

  async startMatcher(log: EventLog = this.log): Promise<MatchService> {
    const { service } = await startedMatcher(log, settings, policy)
    this.#services.add(service)
    return service
  }

  async stopMatcher(): Promise<void> {
    const [service] = this.#services
    if (!service) return
    this.#services.delete(service)
    await service.stop()
  }

  async change(entry: KnownHash, present: boolean): Promise<void> {
    const value = present ? encodeKnownHash(entry) : null
    await this.log.produce(topics.knownHashes, [{ key: knownHashKey(entry), value }])
  }

  async submit(value: HashValue, reportId: string): Promise<void> {
    const report = makeReport('simulated', [{ type: 'pdq', value, quality: 100 }], reportId)
    await this.log.produce(topics.reports, [{ key: reportId, value: JSON.stringify(report) }])
  }

  async lag(): Promise<number> {
    const committed = new Map(
      (await this.log.committed(match.group, topics.reports)).map(({ partition, offset }) => [
        partition,
        offset,
      ]),
    )
    const offsets = await this.log.offsets(topics.reports)
    return offsets.reduce((sum, { partition, end }) => sum + end - (committed.get(partition) ?? 0), 0)
  }

  async settle(): Promise<void> {
    while ((await this.lag()) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async hits(): Promise<Hit[]> {
    const hits: Hit[] = []
    const ends = await this.log.offsets(topics.hits)
    let left = ends.reduce((sum, { end }) => sum + end, 0)
    if (left === 0) return []
    await new Promise<void>((resolve) => {
      void this.log.follow({
        topic: topics.hits,
        from: 'earliest',
        onRecords: (_partition, records) => {
          for (const { value } of records) {
            const hit = decodeHit(value)
            if ('hitId' in hit) hits.push(hit)
          }
          left -= records.length
          if (left <= 0) resolve()
        },
      })
    })
    return hits
  }

  async end(): Promise<void> {
    while (this.#services.size > 0) await this.stopMatcher()
    await this.log.close()
  }
}

type Step =
  | { readonly kind: 'submit'; readonly near: number; readonly distanceBits: number }
  | { readonly kind: 'resubmit'; readonly which: number }
  | { readonly kind: 'list'; readonly entry: number; readonly present: boolean }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'settle' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('submit' as const), near: fc.nat(7), distanceBits: fc.nat(40) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resubmit' as const), which: fc.nat(100) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('list' as const), entry: fc.nat(7), present: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'start' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stop' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
)

function nearValue(random: Random, value: HashValue, distanceBits: number): HashValue {
  const words = new Uint32Array(8)
  writeNearHash(random, packed(value), 0, distanceBits, words, 0)
  return unpackHex(words, 0, 8)
}

describe('the journey on the in-memory log', () => {
  test('every report is matched against a state at or after its submission, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.integer(), async (steps, seed) => {
        const random = seededRandom(seed)
        const entries = Array.from({ length: 8 }, () => knownHash('pdq', randomBalancedHash(random)))
        const anchor = knownHash('pdq', randomBalancedHash(random))
        const world = new World()
        await world.start()
        await world.change(anchor, true)
        await world.startMatcher()
        const listed = new Set<number>()
        /** For each report: the known values that were listed all the time since it was submitted, and at any time. */
        const submitted = new Map<string, { value: HashValue; always: Set<number>; ever: Set<number> }>()
        for (const one of steps) {
          if (one.kind === 'submit') {
            const value = nearValue(random, entries[one.near].value, one.distanceBits)
            const reportId = `report-${submitted.size}`
            submitted.set(reportId, { value, always: new Set(listed), ever: new Set(listed) })
            await world.submit(value, reportId)
          } else if (one.kind === 'resubmit') {
            const [reportId, again] = [...submitted][one.which % Math.max(1, submitted.size)] ?? []
            if (reportId !== undefined && again) await world.submit(again.value, reportId)
          } else if (one.kind === 'list') {
            for (const { always, ever } of submitted.values()) {
              if (one.present) ever.add(one.entry)
              else always.delete(one.entry)
            }
            if (one.present) listed.add(one.entry)
            else listed.delete(one.entry)
            await world.change(entries[one.entry], one.present)
          } else if (one.kind === 'start') await world.startMatcher()
          else if (one.kind === 'stop') await world.stopMatcher()
          else {
            await world.startMatcher()
            await world.settle()
          }
        }
        await world.startMatcher()
        await world.settle()
        const hits = await world.hits()
        await world.end()

        // Of the canaries, which went through every partition all the time, there is none.
        expect(hits.filter(({ report }) => !submitted.has(report.reportId))).toEqual([])
        const idsOf = Map.groupBy(hits, ({ report }) => report.reportId)
        for (const [reportId, { value, always, ever }] of submitted) {
          const isNear = (entry: number): boolean =>
            hammingDistance(packed(value), 0, packed(entries[entry].value), 0) <= RADIUS
          const found = idsOf.get(reportId) ?? []
          // Found if it must be, not found if it can't be, and under one id however often it was read.
          if ([...always].some(isNear)) expect(found.length).toBeGreaterThan(0)
          if (![...ever].some(isNear)) expect(found.length).toBe(0)
          expect(new Set(found.map(({ hitId }) => hitId)).size).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a hit topic that refuses now and then loses nothing: what is not acknowledged is not committed', async () => {
    const world = new World()
    await world.start()
    const random = seededRandom(5)
    const known = knownHash('pdq', randomBalancedHash(random))
    await world.change(known, true)
    let refusals = 0
    const unreliable = new Proxy(world.log, {
      get: (log, property) => {
        const member: unknown = Reflect.get(log, property, log)
        if (property !== 'produce') return typeof member === 'function' ? member.bind(log) : member
        return async (topic: string, records: readonly OutgoingRecord[]) => {
          if (topic === topics.hits && random() < 0.5) {
            refusals++
            throw new Error('refused')
          }
          return log.produce(topic, records)
        }
      },
    })
    await world.startMatcher(unreliable)
    for (let index = 0; index < 50; index++) {
      await world.submit(known.value, `report-${index}`)
      if (index % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await world.settle()
    expect(refusals).toBeGreaterThan(0)
    expect(new Set((await world.hits()).map(({ report }) => report.reportId)).size).toBe(50)
    await world.end()
  })
})
