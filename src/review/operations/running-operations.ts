// The room's part for operators: the picture of all processes now, its history, and dead letters. It has connections of its
// own, to Kafka and to PostgreSQL, and never holds up intake or the queue: whatever it lacks, the page says so.
import type { FleetPicture } from '../../contract/fleet.ts'
import { timestampOf } from '../../contract/primitives.ts'
import type {
  DeadLettersPage,
  DeadLettersQuery,
  OperationsView,
  ReplayBody,
  ReplayedView,
  SeriesRange,
  SeriesView,
  Unseen,
} from '../../contract/review.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { Settings } from '../../settings/settings.ts'
import { FleetWatch } from '../../stream/status/fleet-watch.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { pause } from '../../waiting/pause.ts'
import { outboxWaiting } from '../decisions/outbox-waiting.ts'
import { ReviewProblem } from '../problems.ts'
import { QueueCounts } from '../queue/queue-counts.ts'
import { queuesFor } from '../queues.ts'
import type { Actor } from '../rights.ts'
import { connect, type ReviewDatabase } from '../store/connect.ts'
import { isStoreAway } from '../store/store-away.ts'
import { deadLettersOf } from './dead-letter-counts.ts'
import type { StoreFacts } from './fleet-sampler.ts'
import { deadLettersPage, replayLetters } from './letters.ts'
import { ListChanges, type ListChange } from './list-changes.ts'
import { newestSampleSeconds, readSamples } from './sample-store.ts'
import type { PanelId } from './sample.ts'
import { startSampling, type Sampling } from './sampling.ts'
import { RANGES, seriesView } from './series.ts'
import { logCode, unseen } from './unseen.ts'

/** One is held for the lock; the others are for what people ask. */
const CONNECTIONS = 5
const RETRY_MS = 5_000
/** A process says something every two seconds: after this time, in milliseconds, none is heard any more. */
const HEARD_WITHIN_MS = 15_000
/** An answer with a series is given again within its step, but for no longer than this, in milliseconds. */
const LONGEST_REUSE_MS = 20_000
/** Dead letters of the day are counted this often, in milliseconds. */
const COUNTED_EVERY_MS = 60_000
/** Several times the time between two samples: no process writes any, in milliseconds. */
const STALE_AFTER_MS = 20_000

export interface OperationsOptions {
  readonly settings: Settings
  readonly databaseUrl: string
  /** Of its own: its failures are not those of intake. */
  readonly log: EventLog
  readonly logger: Logger
  /** Milliseconds between two samples, if not five seconds. */
  readonly sampleEveryMs?: number
}

/** What the routes ask. */
export interface Operations {
  /** What this person may see: other queues are left out. */
  view(person: Actor): Promise<OperationsView>
  series(person: Actor, range: SeriesRange): Promise<SeriesView>
  deadLetters(query: DeadLettersQuery): Promise<DeadLettersPage>
  /** `actor`: the subject of the person who asks for it, for the audit. */
  submitAgain(actor: string, body: ReplayBody): Promise<ReplayedView>
}

export class RunningOperations implements Operations {
  readonly #options: OperationsOptions
  readonly #db: ReviewDatabase
  readonly #counts: QueueCounts
  readonly #watch: FleetWatch
  readonly #lists: ListChanges
  readonly #sampling: Sampling
  readonly #stopping = new AbortController()
  readonly #following: Promise<void>
  readonly #answers = new Map<SeriesRange, { readonly untilMs: number; readonly view: Promise<SeriesView> }>()
  #day: { readonly untilMs: number; readonly known: Promise<DeadLettersOfDay> } | undefined
  readonly #inWork = new Set<string>()
  /** Why the topic of statuses is not read. */
  #notFollowing: unknown = undefined
  #isFollowing = false
  readonly #startedMs = performance.now()

  constructor(options: OperationsOptions) {
    const { settings, databaseUrl, log, logger, sampleEveryMs } = options
    const { topics, match, review } = settings
    this.#options = options
    this.#db = connect(databaseUrl, { logger, connections: CONNECTIONS })
    this.#counts = new QueueCounts(this.#db)
    this.#watch = new FleetWatch({ log, topics, matchGroup: match.group, reviewGroup: review.group })
    this.#lists = new ListChanges(log, topics.knownHashes)
    this.#following = this.#follow()
    this.#sampling = startSampling({
      db: this.#db,
      facts: async () => ({
        picture: this.#watch.picture(),
        groups: this.#watch.lags,
        store: await this.#storeFacts(),
      }),
      logger,
      ...(sampleEveryMs === undefined ? {} : { everyMs: sampleEveryMs }),
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#following, this.#sampling.stop(), this.#watch.stop()])
    await this.#db.destroy()
  }

  async view(person: Actor): Promise<OperationsView> {
    const picture = this.#watch.picture()
    const { heardAtMs } = this.#watch
    const [store, samples, day] = await Promise.all([
      this.#store(),
      this.#unseenSamples(),
      this.#deadLettersOfDay().catch(() => ({})),
    ])
    const mayBeSeen = new Set(queuesFor(this.#queues, person))
    const unseenParts = [
      this.#unseenStatuses(Date.parse(picture.at)),
      this.#unseenLag(),
      samples,
      'unseen' in store ? store.unseen : undefined,
    ]
    const isKnown = picture.processes.length + picture.partitions.length > 0
    return {
      at: timestampOf(Date.now()),
      ...(heardAtMs === undefined ? {} : { heardAt: timestampOf(heardAtMs) }),
      unseen: unseenParts.filter((part) => part !== undefined),
      ...(isKnown ? { fleet: this.#isFollowing ? picture : withoutGuesses(picture) } : {}),
      ...('unseen' in store ? {} : seenOf(store, mayBeSeen)),
      ...day,
      ...listsOf(this.#lists.last()),
    }
  }

  async series(person: Actor, range: SeriesRange): Promise<SeriesView> {
    const view = await this.#series(range)
    const mayBeSeen = new Set(queuesFor(this.#queues, person))
    const panels = view.panels.map((panel) =>
      QUEUE_PANELS.has(panel.panel)
        ? { ...panel, lines: panel.lines.filter(({ name }) => mayBeSeen.has(name)) }
        : panel,
    )
    return { ...view, panels }
  }

  /** Of all queues. Asked for by several at once, it is read once. */
  #series(range: SeriesRange): Promise<SeriesView> {
    const nowMs = performance.now()
    const before = this.#answers.get(range)
    if (before && nowMs < before.untilMs) return before.view
    const { stepSeconds, ...asked } = RANGES[range]
    const view = readSamples(this.#db, asked).then((read) => seriesView(range, read))
    const untilMs = nowMs + Math.min((stepSeconds * 1000) / 2, LONGEST_REUSE_MS)
    this.#answers.set(range, { untilMs, view })
    // A failure is not given again.
    view.catch(() => this.#answers.delete(range))
    return view
  }

  /** Every open page asks for it again and again: it is read once in a while, and little of each sample. */
  #deadLettersOfDay(): Promise<DeadLettersOfDay> {
    const nowMs = performance.now()
    if (this.#day && nowMs < this.#day.untilMs) return this.#day.known
    const { seconds, byMinute } = RANGES['24h']
    const known = readSamples(this.#db, { seconds, byMinute, panel: 'dead-letters' }).then((read) =>
      deadLettersOf(seriesView('24h', read)),
    )
    const day = { known, untilMs: nowMs + COUNTED_EVERY_MS }
    this.#day = day
    const forget = (): void => {
      if (this.#day === day) this.#day = undefined
    }
    // An answer that says nothing yet, or a failure, is not kept.
    known.then(({ deadLettersSince }) => deadLettersSince ?? forget(), forget)
    return known
  }

  deadLetters(query: DeadLettersQuery): Promise<DeadLettersPage> {
    return this.#alone('page of dead letters', () => deadLettersPage(this.#letters, query))
  }

  submitAgain(actor: string, body: ReplayBody): Promise<ReplayedView> {
    return this.#alone('replay of dead letters', () => replayLetters(this.#letters, actor, body))
  }

  /** One of a kind at a time: each holds a few megabytes, and several readers in groups of their own. */
  async #alone<T>(kind: string, work: () => Promise<T>): Promise<T> {
    if (this.#inWork.has(kind))
      throw new ReviewProblem('too-many-requests', `Another ${kind} is in work: try again in a moment.`)
    this.#inWork.add(kind)
    try {
      return await work()
    } finally {
      this.#inWork.delete(kind)
    }
  }

  get #letters() {
    const { log, settings, logger } = this.#options
    return { log, topics: settings.topics, db: this.#db, logger }
  }

  /** Kafka may be away, and the topic missing or refused: tried again, and said once. */
  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    const trouble = new StateLog({
      logger: this.#options.logger,
      level: 'warn',
      begins: 'The operations page sees no process: the topic of statuses can’t be read. Review goes on',
      ends: 'The operations page sees processes again',
    })
    while (!signal.aborted && !this.#isFollowing) {
      try {
        await this.#watch.start()
        this.#isFollowing = true
        this.#notFollowing = undefined
        trouble.leave('statuses')
      } catch (error) {
        if (signal.aborted) return
        this.#notFollowing = error
        trouble.enter('statuses', errorSummary(error))
        await pause(RETRY_MS, signal)
      }
    }
  }

  async #store(): Promise<WaitingInStore | { readonly unseen: Unseen }> {
    try {
      const [counts, outbox] = await Promise.all([this.#counts.read(), outboxWaiting(this.#db)])
      const { records, oldest } = outbox
      return {
        queues: this.#queues.map(({ name, title }) => {
          const count = counts.find(({ queue }) => queue === name)
          return {
            name,
            title,
            open: count?.open ?? 0,
            leased: count?.leased ?? 0,
            ...(count ? { oldestSeconds: secondsSince(count.oldestAt) } : {}),
          }
        }),
        outbox: { records, ...(oldest ? { oldestSeconds: secondsSince(oldest) } : {}) },
      }
    } catch (error) {
      return { unseen: unseen('store', storeCode(error)) }
    }
  }

  /** For a sample; undefined while the store does not answer. */
  async #storeFacts(): Promise<StoreFacts | undefined> {
    const store = await this.#store()
    if ('unseen' in store) return undefined
    const { queues, outbox } = store
    return {
      openCases: Object.fromEntries(queues.map(({ name, open, leased }) => [name, open + leased])),
      oldestSeconds: Object.fromEntries(queues.map(({ name, oldestSeconds = 0 }) => [name, oldestSeconds])),
      outboxRecords: outbox.records,
      outboxSeconds: outbox.oldestSeconds ?? 0,
    }
  }

  get #queues(): Settings['review']['queues'] {
    return this.#options.settings.review.queues
  }

  #unseenStatuses(nowMs: number): Unseen | undefined {
    if (this.#notFollowing !== undefined) return unseen('statuses', logCode(this.#notFollowing))
    const { heardAtMs, lags } = this.#watch
    const silentMs = heardAtMs === undefined ? performance.now() - this.#startedMs : nowMs - heardAtMs
    if (silentMs < HEARD_WITHIN_MS) return undefined
    const isAway = lags.some(({ failure }) => logCode(failure) === 'away')
    return unseen('statuses', isAway ? 'away' : 'unknown')
  }

  #unseenLag(): Unseen | undefined {
    const unknown = this.#watch.lags.find(({ partitions }) => partitions === undefined)
    return unknown && unseen('lag', logCode(unknown.failure))
  }

  async #unseenSamples(): Promise<Unseen | undefined> {
    const { failure } = this.#sampling
    if (failure !== undefined) return unseen('samples', storeCode(failure))
    try {
      const age = await newestSampleSeconds(this.#db)
      // In a new database one that has just started may be the first to write.
      const silentMs = age === undefined ? performance.now() - this.#startedMs : age * 1000
      return silentMs > STALE_AFTER_MS ? unseen('samples', 'stale') : undefined
    } catch (error) {
      return unseen('samples', storeCode(error))
    }
  }
}

type DeadLettersOfDay = Pick<OperationsView, 'deadLetters' | 'deadLettersSince'>

/** Of all queues. */
type WaitingInStore = Required<Pick<OperationsView, 'queues' | 'outbox'>>

/** Of no queue that may be seen, nothing is said: 0 would look as if no case waited. */
function seenOf({ queues, outbox }: WaitingInStore, mayBeSeen: ReadonlySet<string>): Partial<WaitingInStore> {
  const seen = queues.filter(({ name }) => mayBeSeen.has(name))
  return seen.length === 0 ? { outbox } : { queues: seen, outbox }
}

/** Whose lines have the names of queues. */
const QUEUE_PANELS: ReadonlySet<string> = new Set<PanelId>(['open-cases', 'oldest-case'])

const secondsSince = (time: Date): number => Math.max(0, Date.now() - time.getTime()) / 1000

/** Of SQLSTATE: a missing right, schema or table. */
const MISSING = new Set(['42501', '3F000', '42P01'])

function storeCode(error: unknown): Unseen['code'] {
  if (isStoreAway(error)) return 'away'
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && MISSING.has(code) ? 'refused' : 'unknown'
}

/** Where statuses are not read, that no process was heard of means nothing. */
const withoutGuesses = (picture: FleetPicture): FleetPicture => ({
  ...picture,
  problems: picture.problems.filter(({ code }) => code !== 'no-matcher'),
})

function listsOf(change: ListChange | undefined): Pick<OperationsView, 'listsChangedAt' | 'listsUnchanged'> {
  if (change === undefined) return {}
  return change === 'not-within-a-day'
    ? { listsUnchanged: true }
    : { listsChangedAt: timestampOf(change.atMs) }
}
