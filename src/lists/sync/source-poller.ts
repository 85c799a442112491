// Keeps one source up to date: reads a range, publishes what it changes, and only then moves the checkpoint.
import type { ListState, PendingChange } from '../../contract/list-state.ts'
import { TopicGoneError } from '../../log/topic-gone.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { Backoff } from '../../waiting/backoff.ts'
import { pause } from '../../waiting/pause.ts'
import type { Change } from '../import/comparison.ts'
import type { GateLimits } from '../import/gate.ts'
import type { Intake } from '../import/intake.ts'
import type { IntakeSummary } from '../import/summary.ts'
import type { ListRecords } from '../list-records.ts'
import { WriterLostError } from './fenced-log.ts'
import { LatestRecords } from './latest-records.ts'
import type { ListClient, ListPage, ReadRange } from './list-client.ts'
import { nothingApplied, RangeGate, type AppliedPart } from './range-gate.ts'
import { RangeRefusals } from './range-refusals.ts'
import { badPaging, type SourceError, type SourceProblem } from './source-error.ts'
import {
  CHANGE_REFUSED,
  failureOf,
  isRefusedPage,
  recordsRefused,
  STATE_UNREADABLE,
} from './source-troubles.ts'

const RETRY_MS = [5_000, 15_000, 60_000, 300_000, 900_000]
/** A pause is up to this share longer, so that all clients of a server that was away don't come at once. */
const JITTER = 0.2
/** A state that says nothing new but when it was checked is published this often, in milliseconds. */
const SAY_CHECKED_MS = 60_000
/**
 * A daemon that is ended waits this long for what others wrote under its last pages, in milliseconds. 4.8 s after the signal
 * its process ends, whatever is left.
 */
const LAST_LOOK_MS = 3_000
const PROBLEM_LENGTH = 500
/** Refused records of a list of changes don't come again: the problem is shown for a day, in milliseconds. */
const REFUSED_SHOWN_MS = 86_400_000
/** The contract's: a state with a longer one could not be read. */
const CHECKPOINT_LENGTH = 8_192

export interface PollerOptions {
  readonly source: string
  readonly client: ListClient
  readonly everyMs: number
  /** Readers of the state can tell by it that its daemon is gone. */
  readonly staleAfterMs?: number
  readonly limits: GateLimits
  /** Digest of the settings that say what its entries are: with others all of it is read anew. */
  readonly settings?: string | undefined
  /** Whether the later record of a file takes the place of the earlier. */
  readonly isReplacing?: boolean | undefined
  readonly retryMs?: readonly number[]
  readonly openIntake: () => Promise<Intake>
  readonly records: ListRecords
  /** Publishes; resolves once it is acknowledged. */
  readonly save: (state: ListState) => Promise<void>
  readonly onPoll: (poller: SourcePoller) => void
  readonly metrics: Metrics
  readonly clock?: () => number
  readonly random?: () => number
}

/** What a range changes of the state. */
type NextState = {
  readonly [Name in 'checkpoint' | 'checkedAt' | 'newestAt' | 'problem' | 'pending']?:
    ListState[Name] | undefined
}

/** The range that is being read. */
interface OpenRange {
  readonly intake: Intake
  readonly gate: RangeGate
  /** A change of it waits: nothing is published. */
  readonly isHeld: boolean
  /** Set where later records of a file replace earlier ones. */
  readonly latest: LatestRecords | undefined
  readonly refusals: RangeRefusals
  readonly signal: AbortSignal
  pages: number
  isWhole: boolean
}

export class SourcePoller {
  readonly #options: PollerOptions
  readonly #backoff: Backoff
  readonly #clock: () => number
  #state: ListState
  /** The topic had a state that can't be read. */
  readonly #isDoubtful: boolean
  #saidAtMs = -Infinity
  #intake: Intake | undefined
  /** Of the range behind the checkpoint. */
  #applied: AppliedPart | undefined
  /** Ends the pause. */
  #wake = new AbortController()

  constructor(options: PollerOptions) {
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#backoff = new Backoff(options.retryMs ?? RETRY_MS)
    this.#isDoubtful = options.records.isUnreadable(options.source)
    this.#state = this.#stateAtStart()
  }

  get state(): ListState {
    return this.#state
  }

  /** Entries that the source has, once that is known. */
  get entries(): number | undefined {
    return this.#intake?.entries.size
  }

  /** The change that waits for a person's word. One that was refused waits for the source. */
  get waitingChange(): PendingChange | undefined {
    const { pending } = this.#state
    return pending && this.#verdict(pending) !== 'refuse' ? pending : undefined
  }

  /** A person may have spoken: look at once. */
  heard(): void {
    const { pending } = this.#state
    if (pending && this.#verdict(pending) !== undefined) this.#wake.abort()
  }

  /** Until the signal aborts. @throws WriterLostError, or what reading the log threw. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.poll(signal)
      this.#options.onPoll(this)
      if (pauseMs === 0) continue
      this.#wake = new AbortController()
      await pause(pauseMs, AbortSignal.any([signal, this.#wake.signal]))
    }
  }

  /** Reads one range. Returns the pause until the next, in milliseconds. @throws WriterLostError */
  async poll(signal: AbortSignal): Promise<number> {
    const { everyMs, random = Math.random } = this.#options
    const jittered = (ms: number): number => ms * (1 + JITTER * random())
    try {
      const range = await this.#readRange(signal)
      this.#backoff.reset()
      return range?.hasMore ? 0 : jittered(everyMs)
    } catch (error) {
      if (signal.aborted) return 0
      if (error instanceof WriterLostError) throw error
      const failure = failureOf(error)
      // It may be the intake's own failure, and then what it knows of the topic is in doubt. One that is ahead of the topic is
      // kept, unless the topic is gone: it alone knows which holds lie under its records.
      if (failure.code === 'other' && (error instanceof TopicGoneError || !this.#intake?.isAhead))
        this.#intake = undefined
      await this.#noteProblem(failure)
      // What the server asks for, or longer if it goes on failing. A list that could be read isn't asked for sooner than else.
      const leastMs = failure.code === 'removals-withheld' ? everyMs : (failure.retryAfterMs ?? 0)
      return jittered(Math.max(leastMs, this.#backoff.nextMs()))
    }
  }

  /** Undefined: a change of the range waits for a person. */
  async #readRange(signal: AbortSignal): Promise<ReadRange | undefined> {
    const range = await this.#open(signal)
    try {
      return await this.#readPages(range)
    } finally {
      // Also of a range that broke off: the next reading may be far away.
      await range.intake.settle(signal.aborted ? AbortSignal.timeout(LAST_LOOK_MS) : signal)
    }
  }

  async #readPages(range: OpenRange): Promise<ReadRange | undefined> {
    const { checkpoint, checkedAt, pending } = this.#state
    const pages = this.#options.client.read({ checkpoint, checkedAt }, range.signal)
    let waiting: PendingChange | undefined
    for (let step = await pages.next(); ; step = await pages.next()) {
      if (step.done) {
        if (waiting !== undefined) return this.#wait(waiting)
        if (pending === undefined || !range.isHeld) return this.#end(step.value, range)
        const why = range.gate.whyStill(pending)
        if (why !== undefined) return this.#wait(range.gate.pendingFor(why))
        // The next reading applies it.
        await this.#save(this.#stateWith({ checkpoint, checkedAt }))
        return { checkpoint, hasMore: true }
      }
      this.#options.metrics.listPages.inc({ source: this.#options.source })
      range.pages++
      const page = step.value
      if (page.isComplete) waiting = await this.#applyWhole(page, range)
      else waiting = (await this.#applyPage(page, range)) ?? waiting
    }
  }

  async #open(signal: AbortSignal): Promise<OpenRange> {
    const { source, openIntake, limits, isReplacing } = this.#options
    const { checkpoint, pending } = this.#state
    const intake = (this.#intake ??= await openIntake())
    // Others change entries, too: people disable some, and imports add. While a long range is read the intake does it again.
    await intake.catchUp(signal)
    if (!this.#applied || this.#applied.changes.isNothing) this.#applied = nothingApplied(intake.entries.size)
    const gate = new RangeGate({
      source,
      checkpoint,
      applied: this.#applied,
      limits,
      isFirst: this.#isFirst,
      pending,
      now: () => new Date(this.#clock()),
    })
    return {
      intake,
      gate,
      isHeld: pending !== undefined && this.#verdict(pending) !== 'apply',
      latest: isReplacing ? new LatestRecords() : undefined,
      refusals: new RangeRefusals(),
      signal,
      pages: 0,
      isWhole: false,
    }
  }

  /** The list was never read to its end, as far as its state says. Of one whose state can't be read that is not known. */
  get #isFirst(): boolean {
    return this.#state.checkedAt === undefined && !this.#isDoubtful
  }

  /** A page of changes. Once the range has to wait its pages are only counted, for the person who decides. */
  async #applyPage(page: ListPage, range: OpenRange): Promise<PendingChange | undefined> {
    const { intake, gate, isHeld, latest, signal } = range
    const items = latest?.of(page.items) ?? page.items
    const options = { now: new Date(this.#clock()), approved: 'any', isPage: true, signal }
    const { isOpen } = gate
    if (!isOpen) {
      const counted = await intake.apply(items, {
        ...options,
        dryRun: true,
        onCompared: (changed) => gate.add(changed),
      })
      const waiting = this.#waitingIn(gate)
      if (isHeld || waiting) {
        this.#refuse(counted, range)
        return isHeld ? undefined : waiting
      }
    }
    const applied = await intake.apply(items, {
      ...options,
      ...(isOpen ? {} : { onCompared: (changed: readonly Change[]) => gate.publish(changed) }),
    })
    this.#count(applied)
    // What can be used of the page is live by now.
    this.#refuse(applied, range)
    return undefined
  }

  /** The change that a person must look at before more of the range is published. */
  #waitingIn(gate: RangeGate): PendingChange | undefined {
    const { why } = gate
    if (why === undefined) return undefined
    const pending = gate.pendingFor(why)
    return this.#verdict(pending) === 'apply' ? undefined : pending
  }

  async #applyWhole(page: ListPage, range: OpenRange): Promise<PendingChange | undefined> {
    const { intake, signal } = range
    const { limits } = this.#options
    const { pending } = this.#state
    const isApproved = pending !== undefined && this.#verdict(pending) === 'apply'
    range.isWhole = true
    const summary = await intake.apply(page.items, {
      now: new Date(this.#clock()),
      complete: true,
      signal,
      // A first synchronisation, even one that was interrupted, adds all there is.
      limits: this.#isFirst ? { ...limits, addedTimes: Infinity } : limits,
      ...(isApproved ? { approved: pending.id } : {}),
    })
    if (summary.pending !== undefined)
      return { ...summary.pending, since: pending?.since ?? summary.pending.since }
    this.#count(summary)
    this.#refuse(summary, range)
    return undefined
  }

  /** Notes what could not be used of a page. @throws SourceError if that is most of it. */
  #refuse(summary: IntakeSummary, { refusals }: OpenRange): void {
    const { source, metrics } = this.#options
    metrics.listRecordsRefused.inc({ source }, summary.rejectedCount)
    refusals.add(summary)
  }

  /** A change waits for a person, and the checkpoint with it. */
  async #wait(pending: PendingChange): Promise<undefined> {
    const { checkpoint, checkedAt } = this.#state
    const isRefused = this.#verdict(pending) === 'refuse'
    const problem = isRefused ? this.#problem('change-refused', CHANGE_REFUSED) : undefined
    await this.#save(this.#stateWith({ checkpoint, checkedAt, pending, problem }))
    return undefined
  }

  /** @throws SourceError if the checkpoint must not move. */
  async #end(read: ReadRange, range: OpenRange): Promise<ReadRange> {
    range.refusals.check()
    const { checkpoint, hasMore = false, newestAt } = read
    if (checkpoint !== undefined && checkpoint.length > CHECKPOINT_LENGTH)
      throw badPaging(`its checkpoint has more than ${CHECKPOINT_LENGTH} characters`)
    const checkedAt = hasMore ? this.#state.checkedAt : new Date(this.#clock()).toISOString()
    const problem = this.#problemAfter(read, range)
    this.#applied = undefined
    await this.#save(
      this.#stateWith({ checkpoint, checkedAt, problem, ...(newestAt === undefined ? {} : { newestAt }) }),
    )
    return read
  }

  /** The problem that a range leaves although it was read to its end. */
  #problemAfter({ problem: ofClient }: ReadRange, range: OpenRange): ListState['problem'] {
    const { refused } = range.refusals
    const { problem: before } = this.#state
    if (refused > 0) return this.#problem('records-refused', recordsRefused(refused))
    if (ofClient !== undefined) return this.#problem(ofClient.code, ofClient.message)
    if (before?.code !== 'records-refused') return undefined
    const isRecent = this.#clock() - Date.parse(before.since) < REFUSED_SHOWN_MS
    // Nothing new: the same list is still there.
    return range.pages === 0 || (isRecent && !range.isWhole) ? before : undefined
  }

  /** What the topic says, or a beginning. */
  #stateAtStart(): ListState {
    const { source, settings, records } = this.#options
    const state = this.#isDoubtful ? undefined : records.state(source)
    if (state === undefined) {
      const fresh: ListState = { schema: 'list-state/1', source, ...withoutUndefined({ settings }) }
      if (!this.#isDoubtful) return fresh
      const since = new Date(this.#clock()).toISOString()
      return { ...fresh, problem: { code: 'state-unreadable', text: STATE_UNREADABLE, since } }
    }
    // One of an earlier version names none.
    if (state.settings === undefined || settings === undefined || state.settings === settings) return state
    const { checkedAt, newestAt, problem } = state
    return { schema: 'list-state/1', source, ...withoutUndefined({ settings, checkedAt, newestAt, problem }) }
  }

  /** The next state; `newestAt` stays unless it is given. */
  #stateWith(fields: NextState): ListState {
    const { source, settings } = this.#options
    const { newestAt } = this.#state
    return { schema: 'list-state/1', source, ...withoutUndefined({ settings, newestAt, ...fields }) }
  }

  async #noteProblem({ code, message }: SourceError): Promise<void> {
    const { source, metrics } = this.#options
    if (isRefusedPage(code)) metrics.listPagesRefused.inc({ source, code })
    await this.#save({ ...this.#state, problem: this.#problem(code, message) })
  }

  /** It lasts since the source was first in trouble, whatever it says now. */
  #problem(code: SourceProblem, text: string): NonNullable<ListState['problem']> {
    const since = this.#state.problem?.since ?? new Date(this.#clock()).toISOString()
    return { code, text: text.slice(0, PROBLEM_LENGTH), since }
  }

  async #save(told: ListState): Promise<void> {
    const { staleAfterMs } = this.#options
    const stale = staleAfterMs === undefined ? {} : { staleAfterSeconds: Math.ceil(staleAfterMs / 1_000) }
    const state = { ...told, ...stale }
    const before = this.#state
    this.#state = state
    const isNew = JSON.stringify({ ...before, checkedAt: '' }) !== JSON.stringify({ ...state, checkedAt: '' })
    if (!isNew && this.#clock() - this.#saidAtMs < SAY_CHECKED_MS) return
    await this.#options.save(state)
    this.#saidAtMs = this.#clock()
  }

  #count({ added, changed, removed }: IntakeSummary): void {
    const { source, metrics } = this.#options
    metrics.listEntries.inc({ source, change: 'added' }, added)
    metrics.listEntries.inc({ source, change: 'changed' }, changed)
    metrics.listEntries.inc({ source, change: 'removed' }, removed)
  }

  #verdict(pending: PendingChange): 'apply' | 'refuse' | undefined {
    return this.#options.records.verdictOf(this.#options.source, pending)
  }
}

const withoutUndefined = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  // Left are the fields whose value is not undefined.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
