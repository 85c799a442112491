// Looking back by example; that it finds everything whatever happens, test/simulation tries.
import { expect, test } from 'vitest'
import { decodeHit, type Hit } from '../../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { openList } from '../../../src/lists/formats/formats.ts'
import { openIntake } from '../../../src/lists/import/intake.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { retroGroup } from '../../../src/stream/retro/retro-stream.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { listFile } from '../../lists/list-files.ts'
import { startedMatcher } from '../started-matcher.ts'

const defaults = loadSettings(undefined, {})
const settings = {
  ...defaults,
  match: { ...defaults.match, canarySeconds: 1, retro: { share: 1, maxLagRecords: 1_000 } },
}
const { topics, match } = settings

type Started = Awaited<ReturnType<typeof startedMatcher>>

/** A matcher on the in-memory log. */
class Matching implements AsyncDisposable {
  readonly log: MemoryLog
  readonly #matcher: Started

  private constructor(log: MemoryLog, matcher: Started) {
    this.log = log
    this.#matcher = matcher
  }

  static async begin(random: () => number): Promise<Matching> {
    const log = new MemoryLog()
    await applyTopics(log, wantedTopics(topics, 2), topics, 1)
    const matching = new Matching(log, await startedMatcher(log, settings, loadPolicy()))
    await matching.change(knownHash('pdq', randomBalancedHash(random)), true)
    return matching
  }

  async change(entry: KnownHash, isThere: boolean): Promise<void> {
    const value = isThere ? encodeKnownHash(entry) : null
    await this.log.produce(topics.knownHashes, [{ key: knownHashKey(entry), value }])
  }

  async submit(value: HashValue, reportId: string): Promise<void> {
    const report = { ...pdqReport(value), reportId }
    await this.log.produce(topics.reports, [{ key: reportId, value: JSON.stringify(report) }])
  }

  /** Waits until canaries have brought every partition to the end of known-hashes, and all was looked back at. */
  async untilLookedBack(): Promise<void> {
    const [{ end }] = await this.log.offsets(topics.knownHashes)
    await eventually(async () => {
      const [commit] = await this.log.committed(retroGroup(match.group), topics.knownHashes)
      return commit?.offset === end
    })
  }

  async hits(): Promise<readonly Hit[]> {
    const hits: Hit[] = []
    await readToEnd(this.log, topics.hits, ({ value }) => {
      const hit = decodeHit(value)
      if ('hitId' in hit) hits.push(hit)
    })
    return hits
  }

  async replayedReports(): Promise<number> {
    return (await this.#matcher.metrics.retroReports.get()).values[0].value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#matcher.service.stop()
    await this.log.close()
  }
}

test('a report from before its value was known makes a retroactive hit', async () => {
  const random = seededRandom(1)
  await using matching = await Matching.begin(random)
  const later = knownHash('pdq', randomBalancedHash(random))
  await matching.submit(later.value, 'early')
  await matching.untilLookedBack()
  expect(await matching.hits()).toEqual([])
  await matching.change(later, true)
  await matching.untilLookedBack()
  expect(await matching.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
})

test('a report whose known value was silenced makes one once it no longer is', async () => {
  const random = seededRandom(4)
  await using matching = await Matching.begin(random)
  const known = knownHash('pdq', randomBalancedHash(random))
  const silencer: KnownHash = { ...known, source: 'no', role: 'suppress' }
  await matching.change(known, true)
  await matching.change(silencer, true)
  await matching.submit(known.value, 'early')
  await matching.untilLookedBack()
  expect(await matching.hits()).toEqual([])
  await matching.change(silencer, false)
  await matching.untilLookedBack()
  expect(await matching.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
})

test('a list that is imported again unchanged causes no look back', async () => {
  const random = seededRandom(2)
  await using matching = await Matching.begin(random)
  const file = listFile(Array.from({ length: 20 }, () => `pdq ${randomBalancedHash(random)}`).join('\n'))
  const terms = {
    source: 'list',
    classification: { scheme: 's', code: 'A1' },
    repeats: 'unite',
  } as const
  const importAgain = async () => {
    const { items } = await openList(file)
    const intake = await openIntake(matching.log, topics.knownHashes, terms)
    return intake.apply(items, { now: new Date(0) })
  }
  await matching.submit(randomBalancedHash(random), 'early')
  expect(await importAgain()).toMatchObject({ added: 20 })
  await matching.untilLookedBack()
  const replayed = await matching.replayedReports()
  expect(replayed).toBeGreaterThan(0)
  expect(await importAgain()).toMatchObject({ added: 0, changed: 0, unchanged: 20 })
  await matching.submit(randomBalancedHash(random), 'later')
  await matching.untilLookedBack()
  expect(await matching.replayedReports()).toBe(replayed)
})
