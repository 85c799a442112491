// Keeps one source up to date: reads a range, publishes what it changes, and only then moves the checkpoint.
import type { ListState, PendingChange } from '../../contract/list-state.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { Backoff } from '../../waiting/backoff.ts'
import type { GateLimits } from '../import/gate.ts'
import type { Intake } from '../import/intake.ts'
import type { IntakeSummary } from '../import/summary.ts'
import { DamagedListError } from '../list-item.ts'
import { WriterLostError } from './fenced-log.ts'
import type { ListClient, ListPage, ReadRange } from './list-client.ts'
import type { ListRecords } from '../list-records.ts'
import { RangeGate } from './range-gate.ts'
import { REFUSED_PAGE_CODES, SourceError, type SourceErrorCode, type SourceProblem } from './source-error.ts'

const RETRY_MS = [5_000, 15_000, 60_000, 300_000, 900_000]
/** A pause is up to this share longer, so that all clients of a server that was away don't come at once. */
const JITTER = 0.2
/** A state that says nothing new but when it was checked is published this often, in milliseconds. */
const SAY_CHECKED_MS = 60_000
const PROBLEM_LENGTH = 500

export interface PollerOptions {
  readonly source: string
  readonly client: ListClient
  readonly everyMs: number
  /** Readers of the state can tell by it that its daemon is gone. */
  readonly staleAfterMs?: number
  readonly limits: GateLimits
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

/** The range that is being read. */
interface OpenRange {
  readonly intake: Intake
  readonly gate: RangeGate
  /** A change of it waits: nothing is published. */
  readonly isHeld: boolean
  readonly signal: AbortSignal
}

export class SourcePoller {
  readonly #options: PollerOptions
  readonly #backoff: Backoff
  readonly #clock: () => number
  #state: ListState
  #saidAtMs = -Infinity
  #intake: Intake | undefined
  /** What the pause ends for. */
  #wake: () => void = () => {}

  constructor(options: PollerOptions) {
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#backoff = new Backoff(options.retryMs ?? RETRY_MS)
    this.#state = options.records.state(options.source) ?? { schema: 'list-state/1', source: options.source }
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
    if (pending && this.#verdict(pending) !== undefined) this.#wake()
  }

  /** Until the signal aborts. @throws WriterLostError, or what reading the log threw. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await this.poll(signal)
      this.#options.onPoll(this)
      if (pauseMs > 0) await this.#pause(pauseMs, signal)
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
      // It may be the intake's own failure, and then what it knows of the topic is in doubt.
      if (failure.code === 'other') this.#intake = undefined
      await this.#noteProblem(failure)
      // What the server asks for, or longer if it goes on failing.
      return jittered(Math.max(failure.retryAfterMs ?? 0, this.#backoff.nextMs()))
    }
  }

  /** Undefined: a change of the range waits for a person. */
  async #readRange(signal: AbortSignal): Promise<ReadRange | undefined> {
    const { source, client, openIntake, limits } = this.#options
    const { checkpoint, checkedAt, pending } = this.#state
    const intake = (this.#intake ??= await openIntake())
    // Others change entries, too: people disable some, and imports add. While a long range is read the intake does it again.
    await intake.catchUp(signal)
    const gate = new RangeGate({
      source,
      checkpoint,
      before: intake.entries.size,
      limits,
      isFirst: checkedAt === undefined,
      pending,
      now: () => new Date(this.#clock()),
    })
    const isHeld = pending !== undefined && this.#verdict(pending) !== 'apply'
    const pages = client.read({ checkpoint, checkedAt }, signal)
    let waiting: PendingChange | undefined
    for (let step = await pages.next(); ; step = await pages.next()) {
      if (step.done) {
        if (!isHeld || waiting !== undefined) return this.#end(step.value, waiting)
        const why = gate.whyStill(pending)
        if (why !== undefined) return this.#end(step.value, gate.pendingFor(why))
        // The next reading applies it.
        return this.#end({ checkpoint, hasMore: true }, undefined)
      }
      this.#options.metrics.listPages.inc({ source })
      const page = step.value
      if (page.isComplete) waiting = await this.#applyWhole(intake, page, signal)
      else waiting = (await this.#applyPage(page, { intake, gate, isHeld, signal })) ?? waiting
    }
  }

  /** A page of changes. Once the range has to wait its pages are only counted, for the person who decides. */
  async #applyPage(
    page: ListPage,
    { intake, gate, isHeld, signal }: OpenRange,
  ): Promise<PendingChange | undefined> {
    const options = { now: new Date(this.#clock()), approved: 'any', signal }
    if (!gate.isOpen) {
      const { added, changed, removed } = await intake.apply(page.items, { ...options, dryRun: true })
      gate.add({ adds: added, changes: changed, removes: removed })
      if (isHeld) return undefined
    }
    const { why } = gate
    if (why !== undefined) {
      const pending = gate.pendingFor(why)
      if (this.#verdict(pending) !== 'apply') return pending
    }
    this.#count(await intake.apply(page.items, options))
    return undefined
  }

  async #applyWhole(intake: Intake, page: ListPage, signal: AbortSignal): Promise<PendingChange | undefined> {
    const now = new Date(this.#clock())
    const { pending } = this.#state
    const approved = pending && this.#verdict(pending) === 'apply' ? { approved: pending.id } : {}
    const isFirst = this.#state.checkedAt === undefined && intake.entries.size === 0
    const summary = await intake.apply(page.items, {
      now,
      complete: true,
      signal,
      limits: this.#options.limits,
      ...(isFirst ? { approved: 'any' as const } : approved),
    })
    if (summary.pending === undefined) this.#count(summary)
    return summary.pending
  }

  async #end(range: ReadRange, waiting: PendingChange | undefined): Promise<ReadRange | undefined> {
    const { source } = this.#options
    const now = new Date(this.#clock()).toISOString()
    const { checkpoint, checkedAt, newestAt } = this.#state
    if (waiting !== undefined) {
      const isRefused = this.#verdict(waiting) === 'refuse'
      const problem = isRefused ? { problem: this.#problem('change-refused', CHANGE_REFUSED) } : {}
      await this.#save({
        schema: 'list-state/1',
        source,
        ...withoutUndefined({ checkpoint, checkedAt, newestAt }),
        pending: waiting,
        ...problem,
      })
      return undefined
    }
    await this.#save({
      schema: 'list-state/1',
      source,
      ...withoutUndefined({
        checkpoint: range.checkpoint,
        checkedAt: range.hasMore ? checkedAt : now,
        newestAt: range.newestAt ?? newestAt,
      }),
    })
    return range
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

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
    await promise
    clearTimeout(timer)
    this.#wake = () => {}
  }
}

const CHANGE_REFUSED =
  'A person refused the change that this source brings. Settle it with the people who run the list: until the change is another one, nothing of it is applied.'

const isRefusedPage = (code: SourceErrorCode): boolean => REFUSED_PAGE_CODES.some((one) => one === code)

function failureOf(error: unknown): SourceError {
  if (error instanceof SourceError) return error
  if (error instanceof DamagedListError) return new SourceError('damaged-list', error.message)
  return new SourceError('other', `Reading this source failed: ${errorSummary(error)}. It is tried again.`)
}

const withoutUndefined = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  // Left are the fields whose value is not undefined.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
