// A review store full of cases: made-up hits through intake itself.
import { grade, support } from '../../src/contract/grade.ts'
import { hitId, type Hit, type KnownEntry, type Match } from '../../src/contract/hit.ts'
import { sha256Hex } from '../../src/contract/json.ts'
import { randomBalancedHash, seededRandom, type Random } from '../../src/sample/random-hash.ts'
import { storeHits, type IntakeSettings } from '../../src/review/intake/store-hits.ts'
import type { ReviewDatabase } from '../../src/review/store/connect.ts'

const BATCH = 500
const PLATFORMS = 5
/** Known entries; how often each is found falls with its rank, as with files that spread. */
const ENTRIES = 50_000
const START = Date.parse('2026-09-01T00:00:00Z')
const MONTH_MS = 30 * 24 * 3_600_000

export interface SeedPlan {
  readonly cases: number
  readonly hits: number
  /** Cases of as many hits as a case takes. */
  readonly fullCases: number
}

/** Stores them in the order of their arrival. Returns hits a second. */
export async function seedCases(
  db: ReviewDatabase,
  settings: IntakeSettings,
  plan: SeedPlan,
): Promise<number> {
  const began = performance.now()
  const hits = madeHits(plan, settings.hitsPerCase)
  let stored = 0
  for (let batch = take(hits, BATCH); batch.length > 0; batch = take(hits, BATCH)) {
    await storeHits(db, settings, batch)
    stored += batch.length
  }
  return (1_000 * stored) / (performance.now() - began)
}

function take<T>(from: Iterator<T>, most: number): readonly T[] {
  const taken: T[] = []
  while (taken.length < most) {
    const next = from.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

/** Some actors with a full case; one hit of each other one; then the rest, at random. */
export function* madeHits({ cases, hits, fullCases }: SeedPlan, hitsPerCase: number): Generator<Hit> {
  const random = seededRandom(15)
  let made = 0
  for (let actor = 0; actor < fullCases; actor += 1)
    for (let hit = 0; hit < hitsPerCase; hit += 1) yield madeHit(random, made++, actor, hits)
  for (let actor = fullCases; actor < cases; actor += 1) yield madeHit(random, made++, actor, hits)
  while (made < hits)
    yield madeHit(random, made++, fullCases + Math.floor(random() * (cases - fullCases)), hits)
}

function madeHit(random: Random, made: number, actor: number, hits: number): Hit {
  const platform = `platform-${actor % PLATFORMS}`
  const reportId = `report-${made}`
  const reportDigest = sha256Hex(reportId)
  const matches = madeMatches(random, reportDigest)
  return {
    schema: 'hit/1',
    hitId: hitId(platform, reportId),
    report: {
      reportId,
      platform,
      observedAt: '2026-09-01T00:00:00Z',
      mediaType: 'image',
      contentRef: `content-${made}`,
      actorRef: `actor-${actor}`,
      collectionRef: `collection-${Math.floor(actor / 10)}`,
      jurisdictions: ['US', 'FR', 'DE', 'NL'].slice(actor % 4, (actor % 4) + 1),
      viewed: { thisFile: 'unknown' },
      basis: { kind: 'own-terms' },
    },
    receivedAt: new Date(START + Math.floor((MONTH_MS * made) / hits)).toISOString(),
    reportDigest,
    matches: [...matches],
    matchCount: matches.length,
    truncated: false,
    grade: grade(matches),
    support: support(matches),
    priority: 1 + Math.floor(random() * 100),
    expectedByChance: 1e-9,
    knownSet: { offset: 1, digest: sha256Hex('set'), entries: ENTRIES },
    policy: sha256Hex('policy'),
    retroactive: false,
    why: ['near:pdq', 'equal:md5'],
  }
}

/** Of one known file: a PDQ hash at some distance, and an MD5. A third is on two lists. */
function madeMatches(random: Random, reportDigest: string): readonly Match[] {
  // The first entry gets about one hit in twenty.
  const rank = Math.floor(ENTRIES ** random() * 2 ** (random() * 2)) % ENTRIES
  const sources = random() < 1 / 3 ? ['ncmec', 'iwf'] : ['ncmec']
  const known: KnownEntry[] = sources.map((source) => ({
    source,
    sourceId: `entry-${rank}`,
    origin: source,
    classification: { scheme: source, code: 'A1' },
    addedAt: '2026-01-01T00:00:00Z',
  }))
  const of = seededRandom(rank)
  const pdq = randomBalancedHash(of)
  const md5 = sha256Hex(`file ${rank}`).slice(0, 32)
  const distance = 2 * Math.floor(random() * 15)
  return [
    {
      reportDigest,
      type: 'md5',
      value: md5,
      knownValue: md5,
      distance: 0,
      threshold: 0,
      known,
    },
    {
      reportDigest,
      type: 'pdq',
      value: randomBalancedHash(random),
      quality: 90,
      knownValue: pdq,
      distance,
      threshold: 31,
      known,
    },
  ]
}
