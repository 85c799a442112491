// A review room for tests: people, settings, a clock that the test moves, and cases written straight into the store.
import { sql, type RawBuilder } from 'kysely'
import { evidenceOfAll } from '../../src/contract/decision.ts'
import type { Hit } from '../../src/contract/hit.ts'
import type { CaseView, DecideBody, LeaseView, Role } from '../../src/contract/review.ts'
import { ReviewProblem, type ProblemCode } from '../../src/review/problems.ts'
import { ReviewService } from '../../src/review/review-service.ts'
import type { Actor } from '../../src/review/rights.ts'
import type { ReviewSettings } from '../../src/settings/review-settings.ts'
import { storeHits, type StoredHits } from '../../src/review/intake/store-hits.ts'
import { hitOf, matchOf } from './made-hits.ts'
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
  readonly collectionRef?: string
  readonly cybertipId?: string
  readonly receivedAt?: string
  /** `source/sourceId` */
  readonly entries?: readonly string[]
}

export interface SampleCase {
  readonly platform?: string
  /** As if a supervisor had moved it there. */
  readonly queue?: string
  readonly priority?: number
  readonly oldestAt?: string
  readonly actorRef?: string
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
    const room = new SampleRoom(store, { ...SETTINGS, ...settings })
    for (const one of [ADA, BEN, CLEO, OTTO, AUDRE]) await room.signIn(one)
    return room
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.store.close()
  }

  /** What a sign-in leaves of a person, without its entry of the audit: a case can be assigned to that person. */
  async signIn({ subject, roles, groups }: Actor): Promise<void> {
    await this.store.server
      .insertInto('persons')
      .values({ subject, roles: [...roles], groups: [...groups], signed_in_at: new Date() })
      .execute()
  }

  /** Moves the clock of the service ahead. */
  async pass(seconds: number): Promise<void> {
    await sql`update test_clock set ahead = ahead + make_interval(secs => ${seconds})`.execute(
      this.store.owner,
    )
  }

  /** Through intake: hits of one uploader, or of one that has no other case. */
  async addCase({
    platform = 'example',
    queue,
    priority = 50,
    oldestAt = '2026-11-01T00:00:00.000Z',
    actorRef = `actor-${String((made += 1))}`,
    hits = [{}],
  }: SampleCase = {}): Promise<AddedCase> {
    const stored = hits.map((hit) =>
      sampleHit({ receivedAt: oldestAt, ...hit }, { platform, actorRef, priority }),
    )
    await this.takeIn(stored)
    const hitIds = stored.map(({ hitId }) => hitId)
    const { case_id: caseId } = await this.store.owner
      .selectFrom('hits')
      .select('case_id')
      .where('hit_id', '=', Buffer.from(hitIds[0], 'hex'))
      .executeTakeFirstOrThrow()
    if (queue !== undefined)
      await this.store.owner
        .updateTable('cases')
        .set({ queue, is_moved: true })
        .where('case_id', '=', caseId)
        .execute()
    return { caseId, hitIds }
  }

  /** Hits come in as the consumer of the topic stores them. */
  takeIn(hits: readonly Hit[]): Promise<StoredHits> {
    return storeHits(this.store.server, this.settings, hits)
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

export function sampleHit(
  { reportId = `report-${String((made += 1))}`, entries, cybertipId, ...fields }: SampleHit,
  { platform, actorRef, priority }: { platform: string; actorRef: string; priority: number },
): Hit {
  const match = matchOf(reportId)
  const known = entries?.map((entry) => ({
    ...match.known[0],
    source: entry.slice(0, entry.indexOf('/')),
    sourceId: entry.slice(entry.indexOf('/') + 1),
  }))
  return hitOf({
    platform,
    reportId,
    actorRef,
    ...fields,
    matches: [known === undefined ? match : { ...match, known }],
    fields: { priority },
    ...(cybertipId === undefined ? {} : { report: { cybertipId } }),
  })
}
