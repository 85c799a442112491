// Live and retro-match together on the in-memory log: whatever comes, goes and stops in between, what the final set
// knows is found in every report that was ever submitted.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MatchService, type Telemetry } from '../../src/cli/match-service.ts'
import { makeReport } from '../../src/cli/report.ts'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import { decodeHit, type Hit } from '../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, unpackHex, type HashValue } from '../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom, writeNearHash, type Random } from '../../src/hash/random-hash.ts'
import { readPlainList } from '../../src/lists/plain.ts'
import { importList } from '../../src/lists/publish-list.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import { publishCanaries } from '../../src/stream/canary-entries.ts'
import type { EventLog, FollowOptions } from '../../src/stream/event-log.ts'
import { MemoryLog } from '../../src/stream/memory-log.ts'
import { readToEnd } from '../../src/stream/read-to-end.ts'
import { retroGroup } from '../../src/stream/retro/retro-stream.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics.ts'
import { knownHash } from '../integration/deployment.ts'
import { listFile } from '../lists/list-files.ts'
import { startedMatcher } from './started-matcher.ts'

const PARTITIONS = 3
const defaults = loadSettings(undefined, {})
const settings = { ...defaults, match: { ...defaults.match, retro: { share: 1, maxLagRecords: 1_000 } } }
const { topics, match } = settings
const policy = loadPolicy()
const RADIUS = policy.hashes.pdq?.maxDistanceBits ?? 0

/** One journey: what was submitted, and matchers that come and go. */
class World implements AsyncDisposable {
  readonly log = new MemoryLog()
  readonly #services: MatchService[] = []
  readonly #telemetries: Telemetry[] = []
  #fillers = 0

  static async begin(): Promise<World> {
    const world = new World()
    await applyTopics(world.log, wantedTopics(topics, PARTITIONS), topics, 1)
    await publishCanaries(world.log, topics.knownHashes)
    return world
  }

  async startMatcher(log: EventLog = this.log): Promise<void> {
    const { service, ...telemetry } = await startedMatcher(log, settings, policy)
    this.#services.push(service)
    this.#telemetries.push(telemetry)
  }

  get hasMatcher(): boolean {
    return this.#services.length > 0
  }

  async stopMatcher(): Promise<void> {
    await this.#services.shift()?.stop()
  }

  async change(entry: KnownHash, isThere: boolean): Promise<void> {
    const value = isThere ? encodeKnownHash(entry) : null
    await this.log.produce(topics.knownHashes, [{ key: knownHashKey(entry), value }])
  }

  async submit(value: HashValue, reportId: string): Promise<void> {
    const report = makeReport('simulated', [{ type: 'pdq', value, quality: 100 }], reportId)
    await this.log.produce(topics.reports, [{ key: reportId, value: JSON.stringify(report) }])
  }

  async untilLiveIsDone(): Promise<void> {
    for (;;) {
      const commits = await this.log.committed(match.group, topics.reports)
      const committed = commits.reduce((sum, { offset }) => sum + offset, 0)
      const offsets = await this.log.offsets(topics.reports)
      if (offsets.every(({ end }) => committed > 0 || end === 0)) {
        if (committed === offsets.reduce((sum, { end }) => sum + end, 0)) return
      }
      await nap()
    }
  }

  /** Reports of nothing known in every partition, so that every partition's position gets to the end of known-hashes. */
  async untilLookedBack(): Promise<void> {
    const [{ end }] = await this.log.offsets(topics.knownHashes)
    for (;;) {
      const [commit] = await this.log.committed(retroGroup(match.group), topics.knownHashes)
      if (commit?.offset === end) return
      const random = seededRandom(this.#fillers)
      for (let more = 0; more < 8; more++)
        await this.submit(randomBalancedHash(random), `filler-${this.#fillers++}`)
      await this.untilLiveIsDone()
      await nap()
    }
  }

  /** All hits in the order of the topic's partitions. */
  async hits(): Promise<Hit[]> {
    const hits: Hit[] = []
    await readToEnd(this.log, topics.hits, ({ value }) => {
      const hit = decodeHit(value)
      if ('hitId' in hit) hits.push(hit)
      else throw new Error(`A record of the hit topic is no hit: ${hit.toString()}`)
    })
    return hits
  }

  async replayedReports(): Promise<number> {
    let replayed = 0
    for (const { metrics } of this.#telemetries)
      replayed += (await metrics.retroReports.get()).values[0].value
    return replayed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#services.length > 0) await this.stopMatcher()
    await this.log.close()
  }
}

const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

function nearValue(random: Random, value: HashValue, distanceBits: number): HashValue {
  const words = new Uint32Array(8)
  writeNearHash(random, packed(value), 0, distanceBits, words, 0)
  return unpackHex(words, 0, 8)
}

const isNear = (a: HashValue, b: HashValue): boolean => hammingDistance(packed(a), 0, packed(b), 0) <= RADIUS

/** For each report the known values in its merged hit. */
function foundIn(hits: readonly Hit[]): ReadonlyMap<string, ReadonlySet<string>> {
  const merged = new Map<string, Hit>()
  for (const hit of hits) {
    const before = merged.get(hit.hitId)
    merged.set(hit.hitId, before ? mergeHits(before, hit) : hit)
  }
  return new Map(
    merged
      .values()
      .map(({ report, matches }) => [report.reportId, new Set(matches.map(({ knownValue }) => knownValue))]),
  )
}

type Step =
  | { readonly kind: 'submit'; readonly near: number; readonly distanceBits: number }
  | { readonly kind: 'list'; readonly entry: number; readonly isThere: boolean; readonly isSilencer: boolean }
  | { readonly kind: 'start' | 'stop' | 'settle' | 'look-back' }

/** Few, so that the same one comes, goes and is silenced. */
const KNOWN = 2
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      near: fc.nat(KNOWN - 1),
      distanceBits: fc.nat(36),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      entry: fc.nat(KNOWN - 1),
      isThere: fc.boolean(),
      isSilencer: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('start', 'stop') }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('settle', 'look-back') }) },
)

describe('live and retro together', () => {
  test('find in every report what the final set knows, whatever came and went meanwhile', async () => {
    let late = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 30, size: 'max' }),
        fc.nat(),
        async (steps, seed) => {
          const random = seededRandom(seed)
          const entries = Array.from({ length: KNOWN }, () => knownHash('pdq', randomBalancedHash(random)))
          const silencers = entries.map((entry): KnownHash => ({ ...entry, source: 'no', role: 'suppress' }))
          await using world = await World.begin()
          await world.change(knownHash('pdq', randomBalancedHash(random)), true)
          await world.startMatcher()
          const listed = new Set<number>()
          const silenced = new Set<number>()
          const everListed = new Set<number>()
          const submitted = new Map<
            string,
            { readonly value: HashValue; readonly listed: ReadonlySet<number> }
          >()
          for (const step of steps) {
            if (step.kind === 'submit') {
              const value = nearValue(random, entries[step.near].value, step.distanceBits)
              const reportId = `report-${submitted.size}`
              submitted.set(reportId, { value, listed: new Set(listed) })
              await world.submit(value, reportId)
            } else if (step.kind === 'list') {
              const { entry, isThere, isSilencer } = step
              if (isThere && !isSilencer) everListed.add(entry)
              const now = isSilencer ? silenced : listed
              if (isThere) now.add(entry)
              else now.delete(entry)
              await world.change((isSilencer ? silencers : entries)[entry], isThere)
            } else if (step.kind === 'start') await world.startMatcher()
            else if (step.kind === 'stop') await world.stopMatcher()
            else {
              if (!world.hasMatcher) await world.startMatcher()
              await world.untilLiveIsDone()
              if (step.kind === 'look-back') await world.untilLookedBack()
            }
          }
          await world.startMatcher()
          await world.untilLiveIsDone()
          await world.untilLookedBack()
          const hits = await world.hits()
          const found = foundIn(hits)
          for (const [reportId, { value, listed: before }] of submitted) {
            const isSilent = [...silenced].some((entry) => entries[entry].value === value)
            for (const [entry, { value: known }] of entries.entries()) {
              const isFound = found.get(reportId)?.has(known) ?? false
              const must = listed.has(entry) && !silenced.has(entry) && !isSilent && isNear(value, known)
              if (must) expect(isFound).toBe(true)
              if (!everListed.has(entry) || !isNear(value, known)) expect(isFound).toBe(false)
              if (must && !before.has(entry)) late++
            }
          }
        },
      ),
      { numRuns: 100, interruptAfterTimeLimit: 45_000 },
    )
    // Or else there was never anything to look back for.
    expect(late).toBeGreaterThan(5)
  })
})

test('a report from before its value was known makes a retroactive hit', async () => {
  await using world = await World.begin()
  const random = seededRandom(1)
  await world.change(knownHash('pdq', randomBalancedHash(random)), true)
  await world.startMatcher()
  const later = knownHash('pdq', randomBalancedHash(random))
  await world.submit(nearValue(random, later.value, 20), 'early')
  await world.untilLookedBack()
  expect(await world.hits()).toEqual([])
  await world.change(later, true)
  await world.untilLookedBack()
  expect(await world.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
})

test('a report whose known value was silenced makes one once it no longer is', async () => {
  await using world = await World.begin()
  const random = seededRandom(4)
  const known = knownHash('pdq', randomBalancedHash(random))
  const silencer: KnownHash = { ...known, source: 'no', role: 'suppress' }
  await world.change(known, true)
  await world.change(silencer, true)
  await world.startMatcher()
  await world.submit(nearValue(random, known.value, 20), 'early')
  await world.untilLookedBack()
  expect(await world.hits()).toEqual([])
  await world.change(silencer, false)
  await world.untilLookedBack()
  expect(await world.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
})

test('a report that was matched late against an old set is looked at again', async () => {
  await using world = await World.begin()
  const random = seededRandom(3)
  await world.change(knownHash('pdq', randomBalancedHash(random)), true)
  // One matcher hears of changes only once it may; the other one, at once.
  let held: PromiseWithResolvers<void> | undefined
  const slow = new Proxy(world.log, {
    get: (log, property) => {
      const member: unknown = Reflect.get(log, property, log)
      if (property !== 'follow') return typeof member === 'function' ? member.bind(log) : member
      return (options: FollowOptions) =>
        log.follow({
          ...options,
          onRecords: async (...read) => {
            if (options.topic === topics.knownHashes) await held?.promise
            await options.onRecords(...read)
          },
        })
    },
  })
  // The first of the group looks back.
  await world.startMatcher()
  await world.startMatcher(slow)
  await world.untilLookedBack()
  held = Promise.withResolvers()
  const later = knownHash('pdq', randomBalancedHash(random))
  await world.change(later, true)
  // Time enough to look back without waiting for the slow one, if anybody would.
  for (let naps = 0; naps < 50; naps++) await nap()
  const reportIds = Array.from({ length: 30 }, (_, n) => `report-${n}`)
  for (const reportId of reportIds) await world.submit(later.value, reportId)
  await world.untilLiveIsDone()
  const foundLive = foundIn(await world.hits())
  expect(foundLive.size).toBeLessThan(reportIds.length)
  held.resolve()
  await world.untilLookedBack()
  expect([...foundIn(await world.hits()).keys()].sort()).toEqual(reportIds.sort())
})

test('a list that is imported again unchanged causes no replay', async () => {
  await using world = await World.begin()
  const random = seededRandom(2)
  const file = listFile(Array.from({ length: 20 }, () => `pdq ${randomBalancedHash(random)}`).join('\n'))
  const terms = {
    source: 'list',
    classification: { scheme: 's', code: 'A1' },
    role: 'match',
    purpose: 'csam',
  } as const
  const importAgain = async () =>
    importList(world.log, topics.knownHashes, readPlainList(file), terms, new Date(0))
  expect(await importAgain()).toMatchObject({ added: 20 })
  await world.startMatcher()
  await world.submit(randomBalancedHash(random), 'early')
  await world.untilLookedBack()
  const replayed = await world.replayedReports()
  expect(replayed).toBeGreaterThan(0)
  expect(await importAgain()).toMatchObject({ added: 0, changed: 0, unchanged: 20 })
  await world.submit(randomBalancedHash(random), 'later')
  await world.untilLiveIsDone()
  await world.untilLookedBack()
  expect(await world.replayedReports()).toBe(replayed)
})
