// The entries that are held back or suppress a value, in memory: few of ten million. The topic of known hashes is read once
// from its beginning, when a person first asks, and followed from there.
import { CURATION_SOURCE, decodeEntry, type Entry } from '../../contract/known-hash.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { HeldKind } from '../../contract/review.ts'
import type { Consumption, EventLog, FollowedBatch, LogRecord } from '../../log/event-log.ts'

/** Of those that people hold, and of all others: each takes about a kilobyte. */
const MOST_HELD = 100_000

export interface HeldEntry {
  readonly key: string
  readonly entry: Entry
  readonly kind: HeldKind
  /** Not by its list, or by an import. */
  readonly isByPerson: boolean
}

export class HeldEntries {
  readonly #log: EventLog
  readonly #topic: string
  readonly #most: number
  /** By key, in the order of their last records. */
  readonly #held = new Map<string, HeldEntry>()
  /** How many people hold: the many that imports hold leave their place alone. */
  #byPeople = 0
  #following: Promise<Consumption> | undefined
  #next = 0
  #end = 0
  #hasRead = false
  #isCut = false

  constructor(log: EventLog, topic: string, most = MOST_HELD) {
    this.#log = log
    this.#topic = topic
    this.#most = most
  }

  /** Whether there were more than are held here. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** From 0 to 1: how much of the topic has been read. */
  get readShare(): number {
    if (!this.#hasRead) return 0
    return this.#end === 0 ? 1 : Math.min(1, this.#next / this.#end)
  }

  /** The latest first. */
  get all(): readonly HeldEntry[] {
    return [...this.#held.values()].toReversed()
  }

  /** @throws What the log throws; the next call tries again. */
  async start(): Promise<void> {
    this.#following ??= this.#follow()
    try {
      await this.#following
    } catch (error) {
      this.#following = undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    const following = await this.#following?.catch(() => undefined)
    await following?.stop()
  }

  async #follow(): Promise<Consumption> {
    // An empty topic gives no batch: it has been read all the same.
    const [{ end }] = await this.#log.offsets(this.#topic)
    this.#end = end
    this.#hasRead = true
    return this.#log.follow({
      topic: this.#topic,
      from: 'earliest',
      onBatch: (batch) => this.#read(batch),
    })
  }

  #read({ records, nextOffset, endOffset }: FollowedBatch): void {
    // Of a topic that was recreated: what the earlier one held is gone.
    if (nextOffset < this.#next) {
      this.#held.clear()
      this.#byPeople = 0
      this.#isCut = false
    }
    for (const record of records) this.#apply(record)
    this.#next = nextOffset
    this.#end = endOffset
  }

  #apply({ key, value }: LogRecord): void {
    const name = key?.toString('utf8') ?? ''
    if (this.#held.get(name)?.isByPerson) this.#byPeople--
    this.#held.delete(name)
    // Nearly all entries are neither, and are not decoded.
    if (value === null || !(value.includes('"held"') || name.includes(`:${CURATION_SOURCE}:`))) return
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.entry === null) return
    const kind = kindOf(change.entry)
    if (kind === undefined) return
    const isByPerson = isHeldByPerson(kind, change.entry)
    const others = isByPerson ? this.#byPeople : this.#held.size - this.#byPeople
    if (others >= this.#most) {
      this.#isCut = true
      return
    }
    if (isByPerson) this.#byPeople++
    this.#held.set(name, { key: name, entry: change.entry, kind, isByPerson })
  }
}

const isHeldByPerson = (kind: HeldKind, { held }: Entry): boolean =>
  kind === 'suppressed' || (kind === 'disabled' && held?.by === undefined)

function kindOf({ held, source, role }: Entry): HeldKind | undefined {
  if (held) return held.why
  return source === CURATION_SOURCE && role === 'suppress' ? 'suppressed' : undefined
}
