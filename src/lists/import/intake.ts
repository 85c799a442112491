// The intake of lists: what differs from the topic known-hashes is published, and nothing else.
import type { PendingChange } from '../../contract/list-state.ts'
import type { EventLog } from '../../log/event-log.ts'
import type { ListItem } from '../list-item.ts'
import { Comparison, type Change } from './comparison.ts'
import { digestOf, gate, type GateLimits } from './gate.ts'
import { SourceReader } from './source-reader.ts'
import type { SourceEntries } from './source-entries.ts'
import { stageList, type StagedList } from './staged-list.ts'
import { summaryOfReading, type IntakeSummary } from './summary.ts'
import type { IntakeTerms } from './terms.ts'

export interface ApplyOptions {
  /** When new entries are added. */
  readonly now: Date
  /** Whether the list is all that the source has: what it lacks goes. */
  readonly complete?: boolean
  /** The id of the pending change that a person has approved; 'any': whatever it is. */
  readonly approved?: string
  /** Counts, and publishes nothing. */
  readonly dryRun?: boolean
  /** The list is a page of a longer one: `settle` follows the last page. Else it is done here. */
  readonly isPage?: boolean
  readonly limits?: GateLimits
  readonly signal?: AbortSignal
  /** Called with all that the list changes, in batches, before any of it is published. */
  readonly onCompared?: (changes: readonly Change[]) => void
  /** Called after each batch with the number of records published so far, of how many. */
  readonly onPublished?: (done: number, of: number) => void
}

/** Names its time in no entry: so a change has the same digest whenever it is compared. */
const NO_TIME = ''

/**
 * A list is compared with what was read of the topic at most this long before, in milliseconds: a person may have disabled an
 * entry meanwhile. Reading on takes a new reader of Kafka seconds, so it isn't done for each page of a thousand files.
 */
const READ_AGAIN_MS = 10_000

const steadyClock = (): number => performance.now()

/** A source, and the lists that change it. One list at a time. */
export class Intake {
  readonly #log: EventLog
  readonly #topic: string
  readonly #terms: IntakeTerms
  readonly #reader: SourceReader
  readonly #clock: () => number
  #readAtMs = -Infinity
  #isBusy = false

  /** Before the first list it has to catch up. */
  constructor(log: EventLog, topic: string, terms: IntakeTerms, clock: () => number) {
    this.#log = log
    this.#topic = topic
    this.#terms = terms
    this.#reader = new SourceReader(log, topic, terms.source)
    this.#clock = clock
  }

  /** What the source has. */
  get entries(): SourceEntries {
    return this.#reader.entries
  }

  /** Whether lists were applied and nothing was read since: people may have decided something under them. */
  get isAhead(): boolean {
    return this.#reader.isAhead
  }

  /**
   * Reads what others have written of the source since it was last read, for example that an entry is held back. Where a list
   * has just changed such an entry without knowing it, the list's entry is published again, held back.
   */
  async catchUp(signal?: AbortSignal): Promise<void> {
    const atMs = this.#clock()
    for (let lost = await this.#reader.catchUp(signal); lost.length > 0;) {
      await this.#publish([lost], signal)
      lost = await this.#reader.catchUp(signal)
    }
    this.#readAtMs = atMs
  }

  /** What a person decided while lists were applied holds from here on. */
  async settle(signal?: AbortSignal): Promise<void> {
    if (this.isAhead) await this.catchUp(signal)
  }

  /**
   * Applies a list: its files become entries, its withdrawals end them. Entries that are there keep their first `addedAt`
   * and stay held back if they are held back; an entry that stays the same is not published. Resolves once every record is acknowledged.
   *
   * If it throws, some of the records may be published. Called again with the same list, here or in another process, it
   * publishes the rest.
   * @throws DamagedListError, UndeclaredListError or StagingError. Then nothing was published.
   */
  async apply(
    items: AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>,
    options: ApplyOptions,
  ): Promise<IntakeSummary> {
    const list = await stageList(items, this.#terms, options.signal)
    try {
      return await this.applyStaged(list, options)
    } finally {
      await list.close()
    }
  }

  /** Applies a list that was read before. The caller closes it. */
  async applyStaged(list: StagedList, options: ApplyOptions): Promise<IntakeSummary> {
    if (this.#isBusy) throw new TypeError('An intake applies one list at a time')
    this.#isBusy = true
    try {
      return await this.#apply(list, options)
    } finally {
      this.entries.tidy()
      this.#isBusy = false
    }
  }

  async #apply(list: StagedList, options: ApplyOptions): Promise<IntakeSummary> {
    const { now, complete = false, approved, dryRun = false, limits, signal } = options
    if (this.#clock() - this.#readAtMs >= READ_AGAIN_MS) await this.catchUp(signal)
    const before = this.entries.size
    // Any of the records that can't be read may be of a file that the list seems to lack.
    const isWithheld = complete && approved !== 'any' && list.tally.unplaced > 0
    const comparison = await Comparison.of(this.entries, list, {
      terms: this.#terms,
      complete: complete && !isWithheld,
      now,
    })
    const { added, changed, unchanged } = comparison.counts
    const { removed, stopped, absent, ended, contradicted } = comparison
    const reading = withContradictions(summaryOfReading(list.tally), contradicted)
    const summary = {
      ...reading,
      ...(ended > 0 ? { skipped: { ...reading.skipped, 'ended already': ended } } : {}),
      added,
      changed,
      stopped,
      unchanged,
      removed,
      absent,
      withheld: isWithheld ? comparison.unmentioned : 0,
    }
    // A match that becomes none is as good as gone.
    const size = { before, adds: added, changes: changed - stopped, removes: removed + stopped }
    const why = approved === 'any' ? undefined : gate(size, limits)
    if (why !== undefined) {
      const id = await digestOf(comparison.changes(NO_TIME))
      if (id !== approved) {
        const pending: PendingChange = { id, why, ...size, since: now.toISOString() }
        return { ...summary, pending }
      }
    }
    if (options.onCompared) for await (const batch of comparison.changes(NO_TIME)) options.onCompared(batch)
    if (!dryRun) {
      const onPublished = (done: number): void => options.onPublished?.(done, added + changed + removed)
      await this.#publish(comparison.changes(now.toISOString()), signal, onPublished)
      if (!options.isPage) await this.settle(signal)
    }
    return summary
  }

  /** A batch at a time; the next one is encoded while one is in flight. */
  async #publish(
    changes: AsyncIterable<readonly Change[]> | Iterable<readonly Change[]>,
    signal?: AbortSignal,
    onPublished: (done: number) => void = () => {},
  ): Promise<void> {
    let done = 0
    let inFlight: Promise<void> = Promise.resolve()
    try {
      for await (const batch of changes) {
        await inFlight
        signal?.throwIfAborted()
        inFlight = this.#send(batch)
        // Its failure is met above or below, and must not end the process before.
        inFlight.catch(() => {})
        done += batch.length
        onPublished(done)
      }
    } finally {
      await inFlight
    }
  }

  async #send(batch: readonly Change[]): Promise<void> {
    this.#reader.publishing(batch)
    await this.#log.produce(
      this.#topic,
      batch.map(({ key, text }) => ({ key, value: text })),
    )
    this.#reader.published(batch)
  }
}

/** Counts what a list says and takes back as refused. */
const withContradictions = (
  reading: ReturnType<typeof summaryOfReading>,
  count: number,
): ReturnType<typeof summaryOfReading> =>
  count === 0
    ? reading
    : {
        ...reading,
        rejectedCount: reading.rejectedCount + count,
        rejected: [...reading.rejected, { where: `${count} hashes of the list`, reason: CONTRADICTED }],
      }

const CONTRADICTED =
  'one record of the file has a class of matches, another one a class that is none: what was there stays'

/** Reads what a source has in the topic, for lists that change it. `clock` gives milliseconds, and never goes back. */
export async function openIntake(
  log: EventLog,
  topic: string,
  terms: IntakeTerms,
  clock = steadyClock,
): Promise<Intake> {
  const intake = new Intake(log, topic, terms, clock)
  await intake.catchUp()
  return intake
}
