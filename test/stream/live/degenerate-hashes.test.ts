// Degenerate hashes on the way from the topics to a hit: never known, never matched, counted, and named in a hit.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { decodeHit, type Hit } from '../../../src/contract/hit.ts'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import type { Report, ReportedHash } from '../../../src/contract/report.ts'
import { HASH_TYPE_NAMES, hexDigits, type HashType } from '../../../src/hash/hash-type.ts'
import { PACKED_CONTENT, PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import { writeSnapshot } from '../../../src/known/snapshot/write-snapshot.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadPolicy, loadSettings } from '../../../src/settings/load-settings.ts'
import { restoreKnownSet } from '../../../src/stream/feed/restore-known-set.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { hashValue } from '../../contract/arbitraries.ts'
import { knownHash } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { change } from '../../known/packed/known-histories.ts'
import { startedMatcher } from '../started-matcher.ts'

const defaults = loadSettings(undefined, {})
const settings = {
  ...defaults,
  match: { ...defaults.match, canarySeconds: 0, retro: { ...defaults.match.retro, share: 0 } },
}
const { topics } = settings

const EMPTY_MD5 = createHash('md5').digest('hex')
const zeros = (type: HashType): string => '0'.repeat(hexDigits(type))
/** One of each type, and the digest that lists of files collect by mistake. */
const DEGENERATE: readonly KnownHash[] = [
  ...HASH_TYPE_NAMES.map((type) => knownHash(type, hashValue(type, zeros(type)))),
  knownHash('md5', hashValue('md5', EMPTY_MD5)),
]
const GOOD = knownHash('pdq', randomBalancedHash(seededRandom(16)))

const reportOf = (reportId: string, hashes: readonly ReportedHash[]): Report => ({
  schema: 'report/1',
  reportId,
  platform: 'test-platform',
  observedAt: '2026-03-04T05:06:07Z',
  mediaType: 'image',
  contentRef: reportId,
  hashes,
})

async function topicsInMemory(known: readonly KnownHash[]): Promise<MemoryLog> {
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(topics, 1), topics, 1)
  await log.produce(
    topics.knownHashes,
    known.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
  )
  return log
}

async function hitsOf(log: MemoryLog): Promise<readonly Hit[]> {
  const hits: Hit[] = []
  await readToEnd(log, topics.hits, ({ value }) => {
    const hit = decodeHit(value)
    if (hit instanceof Rejection) throw new Error(hit.toString())
    hits.push(hit)
  })
  return hits
}

test('a degenerate value is not known, not matched and counted; a hit by another hash says so', async () => {
  const log = await topicsInMemory([...DEGENERATE, GOOD])
  const { service, metrics } = await startedMatcher(log, settings, loadPolicy())
  onTestFinished(async () => {
    await service.stop()
    await log.close()
  })
  const valueOf = async (name: string): Promise<string> =>
    (await metrics.registry.getSingleMetricAsString(name))
      .split('\n')
      .filter((line) => !line.startsWith('#') && !line.endsWith(' 0'))
      .join('\n')
  expect(await valueOf('hashwarden_known_rejected_total')).toBe(
    'hashwarden_known_rejected_total{code="degenerate-hash"} 6',
  )
  expect(await valueOf('hashwarden_known_entries')).toBe('hashwarden_known_entries 1')
  expect(await valueOf('hashwarden_degenerate_hashes_total')).toBe('')

  const all = HASH_TYPE_NAMES.map((type) => ({ type, value: zeros(type) }))
  const reports = [
    reportOf('nothing-else', all),
    reportOf('empty-file', [{ type: 'md5', value: EMPTY_MD5.toUpperCase() }]),
    reportOf('with-a-match', [
      { type: 'pdq', value: GOOD.value, quality: 80 },
      { type: 'md5', value: EMPTY_MD5 },
    ]),
  ]
  await log.produce(
    topics.reports,
    reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
  )
  await eventually(async () => (await valueOf('hashwarden_reports_total')).endsWith(' 3'))
  const hits = await hitsOf(log)
  expect(hits.map(({ report, why, grade }) => [report.reportId, why, grade])).toEqual([
    ['with-a-match', ['degenerate:md5', 'near:pdq'], 'perceptual'],
  ])
  expect((await valueOf('hashwarden_degenerate_hashes_total')).split('\n').sort()).toEqual([
    'hashwarden_degenerate_hashes_total{type="blockhash"} 1',
    'hashwarden_degenerate_hashes_total{type="md5"} 3',
    'hashwarden_degenerate_hashes_total{type="pdq"} 1',
    'hashwarden_degenerate_hashes_total{type="sha1"} 1',
    'hashwarden_degenerate_hashes_total{type="sha256"} 1',
  ])
})

test('a snapshot of an older layout, which may hold degenerate values, is refused', async () => {
  const log = await topicsInMemory([GOOD])
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-degenerate-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const set = new PackedKnownSet({ index: 'flat' })
  for (const [offset, entry] of DEGENERATE.entries()) set.apply(change(entry), offset)
  const file = join(folder, 'known.snapshot')
  const facts = {
    topicId: '00000000-0000-4000-8000-000000000000',
    offset: DEGENERATE.length,
    asOf: '2026-03-01T00:00:00Z',
    digest: set.digest,
    entries: set.entries,
    content: 'packed-known-set/2',
  }
  await writeSnapshot(file, facts, set.sections(), { key: undefined })
  const restored = await restoreKnownSet({
    file,
    key: undefined,
    log,
    topic: topics.knownHashes,
    content: PACKED_CONTENT,
    load: (reader) => PackedKnownSet.load(reader, { index: 'flat' }),
    nowMs: Date.parse('2026-03-01T00:00:01Z'),
  })
  expect(restored).toMatchObject({ code: 'other-version' })
})
