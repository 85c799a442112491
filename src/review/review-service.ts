// What the API asks of the review room: one method a message. Each checks the asker's rights by the case, and refuses by a
// ReviewProblem.
import type {
  AssignBody,
  CasePage,
  CaseRow,
  CasesQuery,
  CaseView,
  CorrectBody,
  DecideBody,
  DecidedView,
  HoldBody,
  KnownEntryBody,
  KnownEntryView,
  LeaseBody,
  LeaseNextBody,
  LeaseView,
  MoveBody,
  OutcomeBody,
  OutcomeView,
  PriorityBody,
  QueuesView,
  ReferenceBody,
  ReferenceView,
  RelatedView,
  SearchBody,
  SkipBody,
  SuspectBody,
  UndoneView,
} from '../contract/review.ts'
import type { ReviewSettings } from '../settings/review-settings.ts'
import { correct } from './decisions/correct.ts'
import { decide } from './decisions/decide.ts'
import { reportOutcome } from './decisions/outcome.ts'
import { undo } from './decisions/undo.ts'
import { analyzeGrownTables } from './store/analyze.ts'
import { adoptCases } from './queue/adopt.ts'
import { cases, queues } from './queue/case-list.ts'
import { caseView } from './queue/case-view.ts'
import { assign, hold, move, raise } from './queue/direct.ts'
import { knownEntry, suspect } from './queue/known-entry.ts'
import {
  expireLeases,
  giveBack,
  giveBackAll,
  leaseCase,
  leaseNext,
  renew,
  skip,
  type SignedOut,
} from './queue/lease.ts'
import { QueueCounts } from './queue/queue-counts.ts'
import { readReference } from './queue/reference.ts'
import { related } from './queue/related.ts'
import { search } from './queue/search.ts'
import { storeClock, type ReviewContext } from './review-context.ts'
import type { Actor } from './rights.ts'
import type { ReviewDatabase } from './store/connect.ts'

export class ReviewService {
  readonly #context: ReviewContext
  readonly #counts: QueueCounts

  /** `clock` is an SQL expression, PostgreSQL's own clock if it is left out. */
  constructor({
    db,
    settings,
    clock = storeClock,
  }: {
    readonly db: ReviewDatabase
    readonly settings: ReviewSettings
    readonly clock?: ReviewContext['clock']
  }) {
    this.#context = { db, settings, clock }
    this.#counts = new QueueCounts(db)
  }

  /** The queues that the asker may see, and what the asker has leased. */
  queues(actor: Actor): Promise<QueuesView> {
    return queues(this.#context, this.#counts, actor)
  }

  /** In the order of the queue; decided ones newest first. */
  cases(actor: Actor, query: CasesQuery): Promise<CasePage> {
    return cases(this.#context, actor, query)
  }

  caseView(actor: Actor, caseId: string): Promise<CaseView> {
    return caseView(this.#context, actor, caseId)
  }

  /** Undefined: no case waits for this person. */
  leaseNext(actor: Actor, body: LeaseNextBody): Promise<LeaseView | undefined> {
    return leaseNext(this.#context, actor, body)
  }

  leaseCase(actor: Actor, caseId: string): Promise<LeaseView> {
    return leaseCase(this.#context, actor, caseId)
  }

  renew(actor: Actor, caseId: string, body: LeaseBody): Promise<LeaseView> {
    return renew(this.#context, actor, caseId, body)
  }

  giveBack(actor: Actor, caseId: string, body: LeaseBody): Promise<void> {
    return giveBack(this.#context, actor, caseId, body)
  }

  skip(actor: Actor, caseId: string, body: SkipBody): Promise<void> {
    return skip(this.#context, actor, caseId, body)
  }

  /** All cases of a person who signs out, or whose session has ended. Returns how many there were. */
  giveBackAll(subject: string, why: SignedOut): Promise<number> {
    return giveBackAll(this.#context, subject, why)
  }

  decide(actor: Actor, caseId: string, body: DecideBody): Promise<DecidedView> {
    return decide(this.#context, actor, caseId, body)
  }

  /** `undoId` as a decision or a correction gave it. */
  undo(actor: Actor, undoId: string): Promise<UndoneView> {
    return undo(this.#context, actor, undoId)
  }

  /** The decision that `body.supersedes` names says which hit. */
  correct(actor: Actor, body: CorrectBody): Promise<DecidedView> {
    return correct(this.#context, actor, body)
  }

  reportOutcome(actor: Actor, hitId: string, body: OutcomeBody): Promise<OutcomeView> {
    return reportOutcome(this.#context, actor, hitId, body)
  }

  assign(actor: Actor, caseId: string, body: AssignBody): Promise<CaseRow> {
    return assign(this.#context, actor, caseId, body)
  }

  move(actor: Actor, caseId: string, body: MoveBody): Promise<CaseRow> {
    return move(this.#context, actor, caseId, body)
  }

  raise(actor: Actor, caseId: string, body: PriorityBody): Promise<CaseRow> {
    return raise(this.#context, actor, caseId, body)
  }

  hold(actor: Actor, caseId: string, body: HoldBody): Promise<CaseRow> {
    return hold(this.#context, actor, caseId, body)
  }

  search(actor: Actor, body: SearchBody): Promise<CasePage> {
    return search(this.#context, actor, body)
  }

  related(actor: Actor, caseId: string): Promise<RelatedView> {
    return related(this.#context, actor, caseId)
  }

  knownEntry(actor: Actor, body: KnownEntryBody): Promise<KnownEntryView> {
    return knownEntry(this.#context, actor, body)
  }

  suspect(actor: Actor, body: SuspectBody): Promise<void> {
    return suspect(this.#context, actor, body)
  }

  readReference(actor: Actor, hitId: string, body: ReferenceBody): Promise<ReferenceView> {
    return readReference(this.#context, actor, hitId, body)
  }

  /** Lets PostgreSQL look at tables that have grown much since it last did. Returns how many. */
  analyzeGrownTables(): Promise<number> {
    return analyzeGrownTables(this.#context.db)
  }

  /** Ends the leases whose time is over; to be called every second. Returns how many there were. */
  expireLeases(): Promise<number> {
    return expireLeases(this.#context)
  }

  /** Puts cases of queues that the settings no longer name into the last queue. Returns how many there were. */
  adoptCases(): Promise<number> {
    return adoptCases(this.#context)
  }
}
