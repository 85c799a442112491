// A review room for tests: people, settings, a clock that the test moves, and cases written straight into the store.
import { sql, type RawBuilder } from 'kysely'
import { evidenceDigest, evidenceOfAll } from '../../src/contract/decision.ts'
import { encodeHit, hitId as hitIdOf, type Hit, type Match } from '../../src/contract/hit.ts'
import { canonicalJson, sha256Hex } from '../../src/contract/json.ts'
import type { CaseView, DecideBody, LeaseView, Role } from '../../src/contract/review.ts'
import { ReviewProblem, type ProblemCode } from '../../src/review/problems.ts'
import { ReviewService } from '../../src/review/review-service.ts'
import type { Actor } from '../../src/review/rights.ts'
import type { ReviewSettings } from '../../src/settings/review-settings.ts'
import { openReviewStore, type ReviewStore } from './review-store.ts'

export const person = (subject: string, ...roles: readonly Role[]): Actor => ({
  subject,
  roles: roles.length === 0 ? ['reviewer'] : roles,
  groups: [],
})

export const ADA = person('ada')
export const BEN = person('ben', 'second-reviewer')
export const CLEO = person('cleo', 'supervisor')
export const OTTO = person('otto', 'operator')
export const AUDRE = person('audre', 'auditor')

const SETTINGS: ReviewSettings = {
  host: '127.0.0.1',
  port: 0,
  group: 'test',
  leaseMinutes: 10,
  undoSeconds: 10,
  skipMinutes: 60,
  hitsPerCase: 1_000,
  queues: [{ name: 'all', title: 'All cases' }],
  secondOpinion: {},
  retentionDays: { refer: 365, others: 90 },
  audit: { origin: 'test.example' },
}

export interface SampleHit {
  readonly reportId?: string
  readonly actorRef?: string | undefined
  readonly collectionRef?: string | undefined
  readonly cybertipId?: string | undefined
  readonly grade?: Hit['grade']
  readonly priority?: number
  readonly receivedAt?: string
  /** `source/sourceId` */
  readonly entries?: readonly string[]
  /** MD5. */
  readonly value?: string
}

export interface SampleCase {
  readonly platform?: string
  readonly queue?: string
  readonly priority?: number
  readonly oldestAt?: string
  readonly actorRef?: string
  readonly classifications?: readonly string[]
  readonly hits?: readonly SampleHit[]
}

export interface AddedCase {
  readonly caseId: string
  readonly hitIds: readonly string[]
}

let made = 0

export class SampleRoom implements AsyncDisposable {
  readonly store: ReviewStore
  readonly settings: ReviewSettings
  readonly service: ReviewService
  readonly clock: RawBuilder<Date>

  private constructor(store: ReviewStore, settings: ReviewSettings) {
    this.store = store
    this.settings = settings
    this.clock = sql`(select clock_timestamp() + ahead from test_clock)`
    this.service = new ReviewService({ db: store.server, settings, clock: this.clock })
  }

  static async open(settings: Partial<ReviewSettings> = {}): Promise<SampleRoom> {
    const store = await openReviewStore()
    await sql`create table test_clock (ahead interval not null)`.execute(store.owner)
    await sql`insert into test_clock values ('0 seconds')`.execute(store.owner)
    await sql`grant select on test_clock to public`.execute(store.owner)
    return new SampleRoom(store, { ...SETTINGS, ...settings })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.store.close()
  }

  /** Moves the clock of the service ahead. */
  async pass(seconds: number): Promise<void> {
    await sql`update test_clock set ahead = ahead + make_interval(secs => ${seconds})`.execute(
      this.store.owner,
    )
  }

  async addCase({
    platform = 'sample-platform',
    queue = 'all',
    priority = 50,
    oldestAt = '2026-11-01T00:00:00.000Z',
    actorRef = `actor-${String((made += 1))}`,
    classifications = ['ncmec:A1'],
    hits = [{}],
  }: SampleCase = {}): Promise<AddedCase> {
    const db = this.store.owner
    const subjectKey = Buffer.from(sha256Hex(`${platform} ${actorRef}`), 'hex')
    const subject = await db
      .insertInto('subjects')
      .values({ subject_key: subjectKey, last_part: 1 })
      .onConflict((conflict) =>
        conflict.column('subject_key').doUpdateSet({ last_part: sql`subjects.last_part + 1` }),
      )
      .returning('last_part')
      .executeTakeFirstOrThrow()
    const { case_id: caseId } = await db
      .insertInto('cases')
      .values({
        subject_key: subjectKey,
        kind: 'actor',
        platform,
        ref: actorRef,
        part: subject.last_part,
        opened_because: 'first',
        queue,
        priority,
        oldest_at: oldestAt,
        hit_count: hits.length,
        undecided_count: hits.length,
        grades: [...new Set(hits.map(({ grade = 'exact-weak' }) => grade))],
        classifications: [...classifications],
      })
      .returning('case_id')
      .executeTakeFirstOrThrow()
    await db
      .updateTable('subjects')
      .set({ open_case_id: caseId })
      .where('subject_key', '=', subjectKey)
      .execute()
    const hitIds: string[] = []
    for (const hit of hits) hitIds.push(await this.addHit(caseId, { actorRef, ...hit }, platform))
    return { caseId, hitIds }
  }

  /** The hit alone: the counts of its case stay as they are. */
  async addHit(caseId: string, sample: SampleHit = {}, platform = 'sample-platform'): Promise<string> {
    const hit = sampleHit(sample, platform)
    await this.store.owner
      .insertInto('hits')
      .values({
        hit_id: Buffer.from(hit.hitId, 'hex'),
        case_id: caseId,
        platform,
        report_id: hit.report.reportId,
        content_ref: hit.report.contentRef,
        actor_ref: hit.report.actorRef ?? null,
        collection_ref: hit.report.collectionRef ?? null,
        cybertip_id: hit.report.cybertipId ?? null,
        received_at: hit.receivedAt,
        grade: hit.grade,
        priority: hit.priority,
        evidence: evidenceDigest(hit.matches),
        match_keys: hit.matches.map((match) => sha256Hex(canonicalJson(match)).slice(0, 16)),
        known_entries: hit.matches.flatMap(({ known }) =>
          known.map(({ source, sourceId }) => `${source}/${sourceId}`),
        ),
        hash_values: hit.matches.map(({ type, value }) => `${type}:${value.toLowerCase()}`),
        body: encodeHit(hit),
      })
      .execute()
    return hit.hitId
  }

  /** What a reviewer who sees this would send. */
  async verdict(
    actor: Actor,
    lease: Pick<LeaseView, 'caseId' | 'token'>,
    verdict: DecideBody['verdict'] = 'refer',
    hitIds?: readonly string[],
  ): Promise<DecideBody> {
    const view = await this.service.caseView(actor, lease.caseId)
    return {
      token: lease.token,
      evidence: evidenceShown(view, hitIds),
      ...(hitIds === undefined ? {} : { hitIds: [...hitIds] }),
      verdict,
      reason: 'Because.',
      note: '',
    }
  }

  /** Leases the case, looks at it, decides. */
  async decide(
    actor: Actor,
    caseId: string,
    verdict: DecideBody['verdict'] = 'refer',
    hitIds?: readonly string[],
  ) {
    const lease = await this.service.leaseCase(actor, caseId)
    return this.service.decide(actor, caseId, await this.verdict(actor, lease, verdict, hitIds))
  }

  outbox() {
    return this.store.owner.selectFrom('outbox').selectAll().orderBy('outbox_id').execute()
  }
}

export const evidenceShown = ({ hits, evidence }: CaseView, hitIds?: readonly string[]): string =>
  hitIds === undefined
    ? evidence
    : evidenceOfAll(
        hits
          .filter(({ hit }) => hitIds.includes(hit.hitId))
          .map((one) => ({ hitId: one.hit.hitId, evidence: one.evidence })),
      )

/** The code of the problem that `asked` is refused with; fails if it is not. */
export async function refusal(asked: Promise<unknown>): Promise<ProblemCode> {
  try {
    await asked
  } catch (error) {
    if (error instanceof ReviewProblem) return error.code
    throw error
  }
  throw new Error('It was not refused.')
}

/** A method that checks a right refuses at once, before there is a promise. */
export const refusalOf = (ask: () => Promise<unknown>): Promise<ProblemCode> =>
  refusal(Promise.resolve().then(ask))

function sampleHit(sample: SampleHit, platform: string): Hit {
  const { reportId = `report-${String((made += 1))}`, entries = ['ncmec/1'], grade = 'exact-weak' } = sample
  const value = sample.value ?? sha256Hex(reportId).slice(0, 32)
  const match: Match = {
    reportDigest: sha256Hex(`report of ${reportId}`),
    type: 'md5',
    value,
    knownValue: value,
    distance: 0,
    threshold: 0,
    known: entries.map((entry) => ({
      source: entry.slice(0, entry.indexOf('/')),
      sourceId: entry.slice(entry.indexOf('/') + 1),
      origin: 'ncmec',
      classification: { scheme: 'ncmec', code: 'A1' },
      addedAt: '2026-01-01T00:00:00Z',
    })),
  }
  return {
    schema: 'hit/1',
    hitId: hitIdOf(platform, reportId),
    report: {
      reportId,
      platform,
      observedAt: '2026-11-01T00:00:00Z',
      mediaType: 'image',
      contentRef: `content-${reportId}`,
      ...(sample.actorRef === undefined ? {} : { actorRef: sample.actorRef }),
      ...(sample.collectionRef === undefined ? {} : { collectionRef: sample.collectionRef }),
      ...(sample.cybertipId === undefined ? {} : { cybertipId: sample.cybertipId }),
      viewed: { thisFile: 'unknown' },
      basis: { kind: 'own-terms' },
    },
    receivedAt: sample.receivedAt ?? '2026-11-01T00:00:01.000Z',
    reportDigest: match.reportDigest,
    matches: [match],
    matchCount: 1,
    truncated: false,
    grade,
    support: { origins: 1, hashTypes: 1 },
    priority: sample.priority ?? 50,
    expectedByChance: 1e-9,
    knownSet: { offset: 1, digest: sha256Hex('set'), entries: 1 },
    policy: sha256Hex('policy'),
    retroactive: false,
    why: ['equal:md5'],
  }
}
