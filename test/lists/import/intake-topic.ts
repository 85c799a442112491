// The topic known-hashes on the in-memory log, and a plain model of what importing lists does to it.
import { decodeEntry, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { parseHashValue, type HashValue } from '../../../src/hash/hash-value.ts'
import { openIntake, type ApplyOptions, type Intake } from '../../../src/lists/import/intake.ts'
import type { IntakeSummary } from '../../../src/lists/import/summary.ts'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import type { ListedFile, ListedHash, ListItem } from '../../../src/lists/list-item.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { BusyLog } from '../busy-log.ts'

export const TOPIC = 'known-hashes'
export const FIRST = new Date('2026-01-01T00:00:00Z')
export const LATER = new Date('2026-02-02T00:00:00Z')
export const TERMS: IntakeTerms = {
  source: 'ncmec',
  classification: { scheme: 'ncmec', code: 'A1' },
  repeats: 'replace',
}

/** An MD5 value that is like no other number's. */
export const md5 = (number: number): ListedHash => ({
  type: 'md5',
  value: parseHashValue('md5', (number + 0xabc).toString(16).padStart(32, '1f')) as HashValue,
})

export const file = (
  sourceId: string,
  hashes: readonly ListedHash[],
  more: Partial<ListedFile> = {},
): ListedFile => ({
  kind: 'file',
  place: 'record 1',
  sourceId,
  hashes,
  ...more,
})

/** Throws at the chosen `produce`, before or after it has written. */
class CrashingLog extends BusyLog {
  /** Calls that succeed before it throws; undefined: it throws never. */
  left: number | undefined
  writesFirst = false

  override async produce(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const isLast = this.left === 0
    if (this.left !== undefined) this.left--
    if (!isLast || this.writesFirst) await super.produce(topic, records)
    if (!isLast) return
    this.left = undefined
    throw new Error('the process ended here')
  }
}

export class IntakeTopic {
  readonly log = new CrashingLog()

  static async make(): Promise<IntakeTopic> {
    const topic = new IntakeTopic()
    await topic.log.createTopic({ topic: TOPIC, partitions: 1, config: {} })
    return topic
  }

  open(terms: Partial<IntakeTerms> = {}): Promise<Intake> {
    return openIntake(this.log, TOPIC, { ...TERMS, ...terms })
  }

  /** Applies a list in a process of its own. */
  async apply(
    items: readonly ListItem[],
    terms: Partial<IntakeTerms> = {},
    options: Partial<ApplyOptions> = {},
  ): Promise<IntakeSummary> {
    const intake = await this.open(terms)
    return intake.apply([items], { now: FIRST, ...options })
  }

  /** Number of records ever published. */
  async length(): Promise<number> {
    const [{ end }] = await this.log.offsets(TOPIC)
    return end
  }

  /** The entries that live, by key. */
  async entries(): Promise<ReadonlyMap<string, Entry>> {
    const entries = new Map<string, Entry>()
    await readToEnd(this.log, TOPIC, ({ key, value }) => {
      const change = decodeEntry(key, value)
      if (change instanceof Rejection) throw new Error(change.toString())
      if (change.entry) entries.set(change.key, change.entry)
      else entries.delete(change.key)
    })
    return entries
  }

  async keys(): Promise<readonly string[]> {
    return [...(await this.entries()).keys()].sort()
  }

  async publish(key: string, value: string | null): Promise<void> {
    await this.log.produce(TOPIC, [{ key, value }])
  }
}

/** The key of an entry of the source of TERMS. */
export const keyOf = (listed: ListedHash, sourceId: string, source = TERMS.source): string =>
  knownHashKey({ ...listed, source, sourceId })

/** A source that has this many files of one hash each. */
export async function sourceOf(count: number): Promise<IntakeTopic> {
  const topic = await IntakeTopic.make()
  await topic.apply(Array.from({ length: count }, (_, number) => file(String(number), [md5(number)])))
  return topic
}

/** Withdraws this many of the files of `sourceOf`. */
export const removing = (count: number): readonly ListItem[] =>
  Array.from({ length: count }, (_, number) => ({
    kind: 'withdrawal',
    place: `record ${number}`,
    sourceId: String(number),
  }))
