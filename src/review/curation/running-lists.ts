// The room's part for the keepers of lists: where each list stands, the entries that are held back, and what people decide on them.
import type { ListStatistics, PendingChange } from '../../contract/list-state.ts'
import { timestampOf } from '../../contract/primitives.ts'
import type {
  ApproveBody,
  CurateBody,
  CurationsView,
  CurationView,
  HeldBody,
  HeldPage,
  ListsView,
  ListView,
} from '../../contract/review.ts'
import { ListRecords } from '../../lists/curate/list-records.ts'
import { originLines, proposeOrigins } from '../../lists/curate/origins.ts'
import type { ListTopics } from '../../lists/curate/publish-statistics.ts'
import type { Consumption, EventLog } from '../../log/event-log.ts'
import type { Policy } from '../../policy/policy.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import { appendAudit } from '../audit/append.ts'
import { logCode } from '../operations/unseen.ts'
import { ReviewProblem } from '../problems.ts'
import { timeNow, type ReviewContext } from '../review-context.ts'
import { newestCurations, orderApproval, orderCuration } from './curations.ts'
import { HeldEntries } from './held-entries.ts'
import { heldPage } from './held-page.ts'
import { publishWaiting } from './publish-curations.ts'

/** How often the store is asked for decisions that wait, in milliseconds. */
const LOOK_EVERY_MS = 1_000
const BACKOFF_MS = [1_000, 2_000, 5_000, 15_000]

export interface ListsOptions {
  readonly context: ReviewContext
  /** Of its own: its failures are not those of intake. */
  readonly log: EventLog
  readonly topics: ListTopics
  readonly origins: Policy['origins']
  readonly logger: Logger
}

/** What the routes ask. `person`: the subject of who asks, for the audit. */
export interface Lists {
  view(): ListsView
  held(person: string, body: HeldBody): Promise<HeldPage>
  curations(): Promise<CurationsView>
  curate(person: string, body: CurateBody): Promise<CurationView>
  approve(person: string, body: ApproveBody): Promise<CurationView>
}

export class RunningLists implements Lists {
  readonly #options: ListsOptions
  readonly #records = new ListRecords()
  readonly #held: HeldEntries
  readonly #stopping = new AbortController()
  readonly #working: Promise<unknown>
  #reading: Consumption | undefined
  #next = 0
  /** Why the topic of lists is not read. */
  #notReading: unknown = new Error('not asked yet')

  constructor(options: ListsOptions) {
    this.#options = options
    this.#held = new HeldEntries(options.log, options.topics.knownHashes)
    this.#working = Promise.all([this.#follow(), this.#keepPublishing()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#working
    await Promise.all([this.#reading?.stop(), this.#held.stop()])
  }

  view(): ListsView {
    const { origins } = this.#options
    const records = this.#records
    const proposals = proposeOrigins(records.statistics, origins)
    return {
      at: timestampOf(Date.now()),
      ...(this.#reading ? {} : { unseen: unseenLists(this.#notReading) }),
      lists: records.sources.map((source) => listView(records, source)),
      origins: {
        declared: { ...origins },
        proposals: [...proposals],
        lines: originLines(origins, proposals),
      },
    }
  }

  async held(person: string, body: HeldBody): Promise<HeldPage> {
    const { context } = this.#options
    await this.#ofKafka(() => this.#held.start())
    const page = await heldPage(context, this.#held, body)
    await context.db.transaction().execute(async (tx) => {
      const details = { entries: page.entries.length }
      const at = await timeNow(tx, context)
      await appendAudit(tx, [{ action: 'held-entries-read', actor: person, details }], at)
    })
    return page
  }

  async curations(): Promise<CurationsView> {
    return { curations: [...(await newestCurations(this.#options.context))] }
  }

  curate(person: string, body: CurateBody): Promise<CurationView> {
    return orderCuration(this.#options.context, person, body)
  }

  async approve(person: string, body: ApproveBody): Promise<CurationView> {
    const pending = this.#records.state(body.source)?.pending
    if (pending === undefined) throw new ReviewProblem('not-found')
    if (pending.id !== body.pendingId)
      throw new ReviewProblem('evidence-changed', 'Another change of this list waits now')
    return orderApproval(this.#options.context, person, body)
  }

  async #ofKafka(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw logCode(error) === 'unknown' ? error : new ReviewProblem('kafka-unavailable')
    }
  }

  /** Kafka may be away, and the topic missing or refused: tried again, and said once. */
  async #follow(): Promise<void> {
    const { log, topics, logger } = this.#options
    const { signal } = this.#stopping
    const backoff = new Backoff(BACKOFF_MS)
    const trouble = new StateLog({
      logger,
      level: 'warn',
      begins: 'The lists page sees no list: the topic of lists can’t be read. Review goes on',
      ends: 'The lists page sees lists again',
    })
    while (!signal.aborted && !this.#reading) {
      try {
        this.#reading = await log.follow({
          topic: topics.lists,
          from: 'earliest',
          onBatch: ({ records, nextOffset }) => {
            // Of a topic that was recreated.
            if (nextOffset < this.#next) this.#records.clear()
            this.#next = nextOffset
            for (const record of records) this.#records.apply(record)
          },
        })
        trouble.leave('lists')
      } catch (error) {
        if (signal.aborted) return
        this.#notReading = error
        trouble.enter('lists', errorSummary(error))
        await pause(backoff.nextMs(), signal)
      }
    }
  }

  /** One process of all publishes what was decided; the others look whether it still does. */
  async #keepPublishing(): Promise<void> {
    const { context, log, topics, logger } = this.#options
    const { signal } = this.#stopping
    const backoff = new Backoff(BACKOFF_MS)
    const trouble = new StateLog({
      logger,
      level: 'error',
      begins: 'What was decided on lists can’t be published; it waits in the store and is tried again',
      ends: 'What was decided on lists is published again',
    })
    while (!signal.aborted) {
      try {
        if (await isWaiting(context)) await publishWaiting({ ...context, log, topics })
        backoff.reset()
        trouble.leave('curations')
        await pause(LOOK_EVERY_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        trouble.enter('curations', errorSummary(error))
        await pause(backoff.nextMs(), signal)
      }
    }
  }
}

async function isWaiting({ db }: ReviewContext): Promise<boolean> {
  const waiting = await db
    .selectFrom('curation.curations')
    .select('curation_id')
    .where('done_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return waiting !== undefined
}

/** Field by field: a later version may have put more into the records than the contract of this one names. */
function listView(records: ListRecords, source: string): ListView {
  const state = records.state(source)
  const approval = records.approval(source)
  const statistics = records.statisticsOf(source)
  const { checkedAt, newestAt, problem, pending } = state ?? {}
  const isAnswered = pending !== undefined && approval?.pendingId === pending.id
  return {
    source,
    isSynced: state !== undefined,
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(newestAt === undefined ? {} : { newestAt }),
    ...(problem === undefined ? {} : { problem }),
    ...(pending === undefined ? {} : { pending: pendingView(pending) }),
    ...(isAnswered ? { answer: { verdict: approval.verdict, at: approval.at } } : {}),
    ...(statistics === undefined ? {} : { statistics: countsOf(statistics) }),
  }
}

const pendingView = ({ id, why, before, adds, changes, removes, since }: PendingChange): PendingChange => ({
  id,
  why,
  before,
  adds,
  changes,
  removes,
  since,
})

function countsOf(statistics: ListStatistics): NonNullable<ListView['statistics']> {
  const { asOf, entries, files, values, byType, byClassification, byRole, held } = statistics
  const { shared, sharedEarlier, addedByDay } = statistics
  return {
    asOf,
    entries,
    files,
    ...(values === undefined ? {} : { values }),
    byType,
    byClassification,
    byRole,
    held,
    shared,
    ...(sharedEarlier === undefined ? {} : { sharedEarlier }),
    addedByDay,
  }
}

const UNSEEN_TEXTS = {
  'topic-missing':
    'Kafka has no topic of lists, so nothing is known of them: create it by `hashwarden topics apply`.',
  refused: 'Kafka refuses this service the topic of lists: grant Read and Write on it.',
  away: 'Kafka does not answer, so nothing is known of lists now.',
  unknown: 'The topic of lists can’t be read yet.',
} as const

function unseenLists(error: unknown): NonNullable<ListsView['unseen']> {
  const found = logCode(error)
  const code = found === 'stale' ? 'unknown' : found
  return { code, text: UNSEEN_TEXTS[code] }
}
