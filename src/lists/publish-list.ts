// Import and removal of a list: what differs from the topic known-hashes is published, and nothing else.
import {
  checkKnownHash,
  encodeKnownHash,
  knownHashKey,
  parseKnownHashKey,
  type KnownHash,
  type KnownHashKey,
} from '../contract/known-hash.ts'
import { Rejection } from '../contract/rejection.ts'
import { degeneracyOf, describeDegeneracy } from '../hash/degenerate.ts'
import type { EventLog, OutgoingRecord } from '../log/event-log.ts'
import { readToEnd } from '../log/read-to-end.ts'
import type { BadLine, ListedHash } from './read-list.ts'
import { readSourceEntries, type SourceEntries } from './source-entries.ts'

const PUBLISH_BATCH = 5_000

/** The fields that all entries of an import share. */
export interface ListTerms {
  readonly source: string
  readonly classification: KnownHash['classification']
  readonly role: KnownHash['role']
  readonly purpose: KnownHash['purpose']
}

export interface ImportOptions {
  /** When new entries are added. */
  readonly now: Date
  /** The entries that the source has; the import keeps them in step. Without them it reads the topic. */
  readonly existing?: SourceEntries
}

export interface PublishOutcome {
  added: number
  changed: number
  unchanged: number
  removed: number
  /** Entries to be removed that the source doesn't have. */
  absent: number
  /** Entries that were refused because their value is degenerate; their lines are among the bad ones. */
  degenerate: number
  readonly badLines: BadLine[]
}

const noOutcome = (): PublishOutcome => ({
  added: 0,
  changed: 0,
  unchanged: 0,
  removed: 0,
  absent: 0,
  degenerate: 0,
  badLines: [],
})

/**
 * Publishes a list's entries to the topic known-hashes. An entry that is there already keeps its first `addedAt`,
 * and if nothing else differs nothing is published: the same list imported twice changes nothing. Degenerate values are
 * refused (hash/degenerate.ts).
 */
export async function importList(
  log: EventLog,
  topic: string,
  list: AsyncIterable<ListedHash | BadLine> | Iterable<ListedHash>,
  terms: ListTerms,
  { now, existing }: ImportOptions,
): Promise<PublishOutcome> {
  const entries = existing ?? (await readSourceEntries(log, topic, terms.source))
  const outcome = noOutcome()
  const addedAt = now.toISOString()
  const publisher = new Publisher(log, topic)
  for await (const listed of list) {
    if ('problem' in listed) {
      outcome.badLines.push(listed)
      continue
    }
    const { type, value, sourceId, line = 0 } = listed
    const degeneracy = degeneracyOf(type, value)
    if (degeneracy) {
      outcome.degenerate++
      const why = describeDegeneracy(degeneracy)
      outcome.badLines.push({
        line,
        problem: `the ${type} value is refused: ${why}, and says nothing of a file`,
      })
      continue
    }
    const key = knownHashKey({ type, value, sourceId, source: terms.source })
    const before = entries.find(key)
    const entry: KnownHash = {
      schema: 'known-hash/1',
      type,
      value,
      sourceId,
      ...terms,
      handling: { audience: 'this-deployment', onward: 'none' },
      addedAt: before === undefined ? addedAt : entries.addedAt(before),
    }
    const bytes = encodeKnownHash(entry)
    if (before !== undefined && entries.isSame(before, bytes)) {
      outcome.unchanged++
      continue
    }
    const checked = checkKnownHash(entry)
    if (checked instanceof Rejection)
      throw new TypeError(`An imported entry breaks the contract: ${checked.toString()}`)
    entries.set(key, entry.addedAt, bytes)
    if (before !== undefined) outcome.changed++
    else outcome.added++
    await publisher.add({ key, value: bytes })
  }
  await publisher.flush()
  return outcome
}

/**
 * Removes these entries of a source; one listed without an id of its own removes all that the source has of the value.
 * Entries that are refused today (degenerate ones, for example) can be removed, too: their keys are enough.
 */
export async function removeList(
  log: EventLog,
  topic: string,
  list: AsyncIterable<ListedHash | BadLine>,
  source: string,
): Promise<PublishOutcome> {
  const existing = await keysOfSource(log, topic, source)
  const keysOfValue = Map.groupBy(existing, (key) => key.split(':', 2).join(':'))
  const outcome = noOutcome()
  const publisher = new Publisher(log, topic)
  for await (const listed of list) {
    if ('problem' in listed) {
      outcome.badLines.push(listed)
      continue
    }
    const exact = knownHashKey({ ...listed, source })
    const keys = listed.isBare ? (keysOfValue.get(`${listed.type}:${listed.value}`) ?? []) : [exact]
    const present = keys.filter((key) => existing.delete(key))
    if (present.length === 0) outcome.absent++
    for (const key of present) {
      outcome.removed++
      await publisher.add({ key, value: null })
    }
  }
  await publisher.flush()
  return outcome
}

/** The record keys of the entries that a source has now. */
async function keysOfSource(log: EventLog, topic: string, source: string): Promise<Set<KnownHashKey>> {
  const keys = new Set<KnownHashKey>()
  await readToEnd(log, topic, ({ key, value }) => {
    const identity = key === null ? undefined : parseKnownHashKey(key.toString('utf8'))
    if (identity?.source !== source) return
    if (value === null) keys.delete(knownHashKey(identity))
    else keys.add(knownHashKey(identity))
  })
  return keys
}

/** Publishes records in batches: a list of any length takes bounded memory. */
class Publisher {
  readonly #log: EventLog
  readonly #topic: string
  #records: OutgoingRecord[] = []

  constructor(log: EventLog, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  async add(record: OutgoingRecord): Promise<void> {
    if (this.#records.push(record) >= PUBLISH_BATCH) await this.flush()
  }

  async flush(): Promise<void> {
    const records = this.#records
    this.#records = []
    if (records.length > 0) await this.#log.produce(this.#topic, records)
  }
}
