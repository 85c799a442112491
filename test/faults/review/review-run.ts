// Review processes under hits and reviewers, while they and PostgreSQL are killed in turn; then everything is judged.
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { eventually } from '../../fixtures/eventually.ts'
import type { KillRunOptions } from '../kill-program.ts'
import { HitSource } from './hit-source.ts'
import { judgeReview, type Judged } from './review-judge.ts'
import { ReviewSite } from './review-site.ts'
import { MadeUpReviewer, type Acknowledged } from './reviewer.ts'

const PEOPLE = 6
/** Between two kills, in milliseconds: from the least to the most. */
const CALM_MS = [300, 2_500] as const
/** Leases of killed processes expire, and the last decisions become due. */
const SETTLE_MS = 180_000

/** What is killed, in turn. */
const TARGETS = ['first process', 'second process', 'PostgreSQL'] as const
type Target = (typeof TARGETS)[number]

export interface ReviewRunResult extends Judged {
  readonly kills: Readonly<Record<Target, number>>
  readonly hitRecords: number
  readonly leases: number
  readonly acknowledgedDecisions: number
  readonly undone: number
  readonly answersLost: number
  readonly auditEntries: number
  readonly checkpoints: number
}

export async function runReview({
  brokers,
  kills,
  seed,
  say = () => {},
}: KillRunOptions): Promise<ReviewRunResult> {
  await using site = await ReviewSite.start(brokers)
  const source = new HitSource(site.log, site.settings.topics.hits, seededRandom(seed + 1))
  const stopping = new AbortController()
  const people = Array.from({ length: PEOPLE }, (_, n) => {
    const random = seededRandom(seed + 100 + n)
    return new MadeUpReviewer(`person-${n}`, random, () => site.url(random() < 0.5 ? 0 : 1))
  })
  const working = Promise.all([source, ...people].map((one) => one.run(stopping.signal)))
  // Awaited below: a failure before that is no unhandled rejection.
  working.catch(() => {})
  const struck = await killInTurn(site, kills, seed, (line) =>
    say(`${line}; ${source.records} records of hits so far`),
  )
  stopping.abort()
  await working
  const acknowledged = people.map((person) => person.acknowledged)
  return { kills: struck, hitRecords: source.records, ...(await judgement(site, source, acknowledged)) }
}

async function killInTurn(
  site: ReviewSite,
  kills: number,
  seed: number,
  say: (line: string) => void,
): Promise<Record<Target, number>> {
  const random = seededRandom(seed)
  const [least, most] = CALM_MS
  const struck: Record<Target, number> = { 'first process': 0, 'second process': 0, PostgreSQL: 0 }
  for (let kill = 0; kill < kills; kill++) {
    await sleep(least + random() * (most - least))
    const target = TARGETS[kill % TARGETS.length]
    if (target === 'PostgreSQL') await site.killPostgres()
    else await site.killProcess(target === 'first process' ? 0 : 1)
    struck[target]++
    say(`kill ${kill + 1} of ${kills}: ${target}`)
  }
  return struck
}

/** Waits until all is stored and published, and judges it. */
async function judgement(
  site: ReviewSite,
  source: HitSource,
  people: readonly Acknowledged[],
): Promise<Omit<ReviewRunResult, 'kills' | 'hitRecords'>> {
  await using db = site.database()
  const isSettled = async (): Promise<boolean> => {
    const waiting = db.selectFrom('outbox').select('outbox_id').where('topic', '<>', 'audit-checkpoints')
    return (await waiting.execute()).length === 0 && (await site.lag()) === 0
  }
  await eventually(isSettled, SETTLE_MS, 500)
  await site.stopProcesses()
  const judged = await judgeReview(db, site.log, site.settings.topics.decisions, source.merged, people)
  const audit = await site.verifyAudit()
  const sum = (of: (one: Acknowledged) => number): number => people.reduce((total, one) => total + of(one), 0)
  return {
    ...judged,
    problems: [...judged.problems, ...(audit.isIntact ? [] : [`the audit is broken: ${audit.why}`])],
    leases: sum(({ leases }) => leases),
    acknowledgedDecisions: sum(({ decided }) => [...decided.values()].flat().length),
    undone: sum(({ undone }) => undone.size),
    answersLost: sum(({ unknown }) => unknown),
    auditEntries: audit.entries,
    checkpoints: audit.checkpoints,
  }
}
