// The oracle of fault runs: brute force over all reports and all known hashes, and over every record that is no report.
import { deadLetterKey, decodeDeadLetter, type DeadLetter } from '../../src/contract/dead-letter.ts'
import { mergeHits } from '../../src/contract/hit-merge.ts'
import type { Hit } from '../../src/contract/hit.ts'
import { sha256Hex } from '../../src/contract/json.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport, type Report } from '../../src/contract/report.ts'
import { hammingDistance } from '../../src/hash/distance.ts'
import { packed, type HashValue } from '../../src/hash/hash-value.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import type { Deployment } from '../integration/deployment.ts'
import type { KnownList } from './known-list.ts'
import type { PlantedTraffic } from './planted-traffic.ts'

const PDQ_WORDS = 8
const RADIUS = loadPolicy().hashes.pdq?.maxDistanceBits ?? 0
/** Of a long list of what went wrong the first few tell the story. */
const MOST_EXAMPLES = 5

export interface Verdict {
  readonly reports: number
  /** That must have a hit. */
  readonly mustHit: number
  /** Records of the hit topic: more than hits, because a report that is read twice is published twice. */
  readonly hitRecords: number
  readonly deadLetters: number
  /** Broken promises; empty: nothing lost, nothing doubled, nothing wrong. */
  readonly problems: readonly string[]
}

/** What the oracle has to know of the traffic. */
export type JudgedTraffic = Pick<PlantedTraffic, 'acknowledged' | 'noReports' | 'lostWithTopic'>

/** Whether everything that was submitted came to what it must, by brute force over all values. */
export async function judge(
  deployment: Deployment,
  traffic: JudgedTraffic,
  list: KnownList,
  killers: ReadonlySet<string>,
): Promise<Verdict> {
  const hits = await deployment.hits()
  const letters = await deadLetters(deployment)
  const reports = [...traffic.acknowledged.values()]
  const expected = expectationsOf(reports, list)
  const mustHit = reports.filter(
    ({ reportId }) =>
      expected.must.has(reportId) && !traffic.lostWithTopic.has(reportId) && !killers.has(reportId),
  )
  return {
    reports: reports.length,
    mustHit: mustHit.length,
    hitRecords: hits.length,
    deadLetters: new Set(letters.map(deadLetterKey)).size,
    problems: [
      ...problemsOfHits(hits, mustHit, expected),
      ...(await problemsOfDeadLetters(deployment, letters, traffic, killers)),
    ],
  }
}

export interface Expectations {
  /** By report: the known values that its hit must name. */
  readonly must: ReadonlyMap<string, ReadonlySet<HashValue>>
  /** Reports near to what was listed at some time and is not any more. */
  readonly may: ReadonlySet<string>
}

/** What the list as it is now demands of the hits of these reports, by brute force. */
export function expectationsOf(reports: readonly Report[], { listed, removed }: KnownList): Expectations {
  const [isListed, wasListed] = [new BruteForce(listed), new BruteForce(removed)]
  const must = new Map<string, ReadonlySet<HashValue>>()
  const may = new Set<string>()
  for (const report of reports) {
    const near = isListed.valuesNear(report)
    if (near.length > 0) must.set(report.reportId, new Set(near))
    if (wasListed.valuesNear(report).length > 0) may.add(report.reportId)
  }
  return { must, may }
}

/** Compares a report with every entry. Values are unpacked once, because a soak asks a billion times. */
class BruteForce {
  readonly #perceptual: readonly HashValue[]
  readonly #words: Uint32Array
  readonly #exact: ReadonlySet<string>

  constructor(entries: readonly KnownHash[]) {
    this.#perceptual = entries.filter(({ type }) => type === 'pdq').map(({ value }) => value)
    this.#words = new Uint32Array(this.#perceptual.length * PDQ_WORDS)
    for (const [index, value] of this.#perceptual.entries()) this.#words.set(packed(value), index * PDQ_WORDS)
    this.#exact = new Set(entries.filter(({ type }) => type !== 'pdq').map(exactly))
  }

  valuesNear({ hashes }: Report): readonly HashValue[] {
    return hashes.flatMap((hash) => {
      // Reports of fault runs print their values as entries do.
      const value = hash.value as HashValue
      if (hash.type !== 'pdq') return this.#exact.has(exactly(hash)) ? [value] : []
      const words = packed(value)
      return this.#perceptual.filter(
        (_, index) => hammingDistance(words, 0, this.#words, index * PDQ_WORDS) <= RADIUS,
      )
    })
  }
}

const exactly = ({ type, value }: { readonly type: string; readonly value: string }): string =>
  `${type} ${value}`

/** The faults of these reports' hits. */
export function problemsOfHits(
  hits: readonly Hit[],
  mustHit: readonly Report[],
  { must, may }: Expectations,
): readonly string[] {
  const merged = [...Map.groupBy(hits, ({ hitId }) => hitId).values()].map((ofOne) => ofOne.reduce(mergeHits))
  const byReport = Map.groupBy(merged, ({ report }) => report.reportId)
  const lost = mustHit.filter(({ reportId }) => !byReport.has(reportId))
  const twice = [...byReport].filter(([, ofReport]) => ofReport.length > 1)
  const mixed = merged.filter(({ reportsDiffer }) => reportsDiffer)
  const wrong = [...byReport.keys()].filter((reportId) => !must.has(reportId) && !may.has(reportId))
  const partial = mustHit.filter(({ reportId }) => {
    const named = new Set(byReport.get(reportId)?.[0].matches.map(({ knownValue }) => knownValue))
    return named.size > 0 && !must.get(reportId)?.isSubsetOf(named)
  })
  return [
    ...told('lost: a report without its hit', idsOf(lost)),
    ...told(
      'two hit ids of one report',
      twice.map(([reportId]) => reportId),
    ),
    ...told('hits of one id of different reports', idsOf(mixed.map(({ report }) => report))),
    ...told('a hit for a report that must have none', wrong),
    ...told('a hit without a known value that is near', idsOf(partial)),
  ]
}

const idsOf = (reports: readonly { readonly reportId: string }[]): string[] =>
  reports.map(({ reportId }) => reportId)

async function deadLetters({ log, settings }: Deployment): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = []
  await readToEnd(log, settings.topics.deadLetters, ({ value }) => {
    const letter = decodeDeadLetter(value)
    if (letter instanceof Rejection)
      throw new Error(`A record of the dead letters is none: ${letter.toString()}`)
    letters.push(letter)
  })
  return letters
}

/** Every record that is no report has its dead letter, and nothing else has one but what killed threads. */
async function problemsOfDeadLetters(
  { log, settings }: Deployment,
  letters: readonly DeadLetter[],
  traffic: JudgedTraffic,
  killers: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { reports } = settings.topics
  const letterOf = new Map(letters.map((letter) => [`${deadLetterKey(letter)} ${letter.sha256}`, letter]))
  const missing: string[] = []
  const killed = new Set<string>()
  await readToEnd(log, reports, ({ offset, value }, partition) => {
    const at = deadLetterKey({ topic: reports, partition, offset })
    const decoded = decodeReport(value)
    const isKiller = !(decoded instanceof Rejection) && killers.has(decoded.reportId)
    if (!isKiller && !(decoded instanceof Rejection)) return
    const sha256 = sha256Hex(value ?? '')
    const code = letterOf.get(`${at} ${sha256}`)?.reason.code
    if (code === undefined || isKiller !== (code === 'kills-matcher')) missing.push(at)
    if (isKiller) killed.add(sha256)
  })
  const wrong = letters.filter(({ sha256 }) => !traffic.noReports.has(sha256) && !killed.has(sha256))
  return [
    ...told('a record without its dead letter', missing),
    ...told('a dead letter that must not be', wrong.map(deadLetterKey)),
  ]
}

/** One line about a kind of fault, with its first few examples; none if there is none. */
export function told(what: string, which: readonly string[]): readonly string[] {
  if (which.length === 0) return []
  const more = which.length > MOST_EXAMPLES ? ', …' : ''
  return [`${which.length} × ${what} (${which.slice(0, MOST_EXAMPLES).join(', ')}${more})`]
}
