// Judges a soak: what a reader of committed records sees in the topics, held against what must have come of it.
import { deadLetterKey, decodeDeadLetter, type DeadLetter } from '../../../src/contract/dead-letter.ts'
import { CANARY_PLATFORM } from '../../../src/contract/canary.ts'
import { decodeHit, type Hit } from '../../../src/contract/hit.ts'
import { sha256Hex } from '../../../src/contract/json.ts'
import { decodeEntry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { decodeReport, type Report } from '../../../src/contract/report.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import type { KnownList } from '../known-list.ts'
import { expectationsOf, problemsOfHits, told } from '../oracle.ts'
import { readCommitted } from './librdkafka.ts'
import type { Sent } from './soak-traffic.ts'

/** What the topics hold, as librdkafka reads it (read_committed). */
export interface Topics {
  /** By id. */
  readonly reports: ReadonlyMap<string, Report>
  /** SHA-256 of records that are no reports, by the key of their dead letter. */
  readonly noReports: ReadonlyMap<string, string>
  readonly hits: readonly Hit[]
  readonly deadLetters: readonly DeadLetter[]
  /** Keys of the entries that known-hashes holds. */
  readonly known: ReadonlySet<string>
}

export async function readTopics(
  python: string,
  brokers: readonly string[],
  topics: Settings['topics'],
): Promise<Topics> {
  const reports = new Map<string, Report>()
  const noReports = new Map<string, string>()
  await readCommitted(python, brokers, topics.reports, ({ partition, offset, value }) => {
    const report = decodeReport(Buffer.from(value ?? ''))
    if (report instanceof Rejection)
      noReports.set(deadLetterKey({ topic: topics.reports, partition, offset }), sha256Hex(value ?? ''))
    else if (report.platform !== CANARY_PLATFORM) reports.set(report.reportId, report)
  })
  const hits: Hit[] = []
  await readCommitted(python, brokers, topics.hits, ({ value }) => {
    const hit = decodeHit(Buffer.from(value ?? ''))
    if (hit instanceof Rejection) throw new Error(`A record of ${topics.hits} is no hit: ${hit.toString()}`)
    hits.push(hit)
  })
  const deadLetters: DeadLetter[] = []
  await readCommitted(python, brokers, topics.deadLetters, ({ value }) => {
    const letter = decodeDeadLetter(Buffer.from(value ?? ''))
    if (letter instanceof Rejection)
      throw new Error(`A record of ${topics.deadLetters} is no dead letter: ${letter.toString()}`)
    deadLetters.push(letter)
  })
  const known = new Set<string>()
  await readCommitted(python, brokers, topics.knownHashes, ({ key, value }) => {
    const change = decodeEntry(
      key === null ? null : Buffer.from(key, 'base64'),
      value === null ? null : Buffer.from(value),
    )
    if (change instanceof Rejection) return
    if (change.entry?.role === 'match') known.add(change.key)
    else known.delete(change.key)
  })
  return { reports, noReports, hits, deadLetters, known }
}

export interface SoakVerdict {
  readonly reports: number
  readonly reportsThatMustHit: number
  readonly reportsInAbortedTransactions: number
  readonly hitRecords: number
  readonly hits: number
  readonly deadLetters: number
  readonly problems: readonly string[]
}

/** Whether all that is visible in the topics came to what it must, and nothing else did, by brute force. */
export function judgeSoak(read: Topics, sent: Sent, list: KnownList): SoakVerdict {
  const reports = [...read.reports.values()]
  const expected = expectationsOf(reports, list)
  const mustHit = reports.filter(({ reportId }) => expected.must.has(reportId))
  const neverCommitted = [...sent.aborted].filter((reportId) => !read.reports.has(reportId))
  return {
    reports: reports.length,
    reportsThatMustHit: mustHit.length,
    reportsInAbortedTransactions: neverCommitted.length,
    hitRecords: read.hits.length,
    hits: new Set(read.hits.map(({ hitId }) => hitId)).size,
    deadLetters: new Set(read.deadLetters.map(deadLetterKey)).size,
    problems: [
      ...problemsOfHits(read.hits, mustHit, expected),
      ...problemsOfAborted(read, new Set(neverCommitted)),
      ...problemsOfLetters(read),
      ...problemsOfKafka(read, sent, list),
    ],
  }
}

/** Such hits are among those that must not be, too; here it says why. */
function problemsOfAborted({ hits }: Topics, neverCommitted: ReadonlySet<string>): readonly string[] {
  const found = new Set(hits.map(({ report }) => report.reportId).filter((id) => neverCommitted.has(id)))
  return told('a hit of a report that stood in an aborted transaction only', [...found])
}

/** The keys of `some` that `others` has not, or with another value. */
const differing = (some: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string[] =>
  [...some].flatMap(([key, value]) => (others.get(key) === value ? [] : [key]))

function problemsOfLetters({ noReports, deadLetters }: Topics): readonly string[] {
  const letters = new Map(deadLetters.map((letter) => [deadLetterKey(letter), letter.sha256]))
  return [
    ...told('a record without its dead letter', differing(noReports, letters)),
    ...told('a dead letter of no visible record that is unreadable', differing(letters, noReports)),
  ]
}

/** What would make the rest of the verdict worthless: Kafka, or the soak's own producers, broke a promise. */
function problemsOfKafka({ reports, known }: Topics, sent: Sent, list: KnownList): readonly string[] {
  const gone = [...sent.acknowledged.keys()].filter((reportId) => !reports.has(reportId))
  const visible = [...sent.aborted].filter(
    (reportId) => reports.has(reportId) && !sent.acknowledged.has(reportId),
  )
  return [
    ...told('an acknowledged report that Kafka does not hold', gone),
    ...told('a report that is visible though its transaction was aborted', visible),
    ...(known.size === list.listed.length
      ? []
      : [`known-hashes holds ${known.size} entries, and the list has ${list.listed.length}`]),
  ]
}
