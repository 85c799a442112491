// What the topic `lists` says now of each source: where it stands, a person's word on a change that waits, its statistics.
import {
  decodeListRecord,
  listRecordKey,
  type ListApproval,
  type ListState,
  type ListStatistics,
  type PendingChange,
} from '../contract/list-state.ts'
import { Rejection } from '../contract/rejection.ts'
import type { EventLog, LogRecord } from '../log/event-log.ts'
import { readToEnd } from '../log/read-to-end.ts'

export class ListRecords {
  readonly #states = new Map<string, ListState>()
  readonly #approvals = new Map<string, ListApproval>()
  readonly #statistics = new Map<string, ListStatistics>()
  /** Keys of records that are there, and that this version can't read. */
  readonly #unreadable = new Set<string>()
  /** By key. Two readers may bring the records, and one may be behind the other. */
  readonly #offsets = new Map<string, number>()

  /** The names of all sources that something is said of, in order. */
  get sources(): readonly string[] {
    return [...new Set([...this.#states.keys(), ...this.#statistics.keys()])].toSorted()
  }

  get statistics(): readonly ListStatistics[] {
    return [...this.#statistics.values()].toSorted((one, other) => (one.source < other.source ? -1 : 1))
  }

  /** The newest state that this version can read. */
  state(source: string): ListState | undefined {
    return this.#states.get(source)
  }

  /** The newest state of the source is there, and this version can't read it. */
  isUnreadable(source: string): boolean {
    return this.#unreadable.has(listRecordKey({ schema: 'list-state/1', source }))
  }

  approval(source: string): ListApproval | undefined {
    return this.#approvals.get(source)
  }

  /** What a person said of this change. */
  verdictOf(source: string, { id }: PendingChange): ListApproval['verdict'] | undefined {
    const approval = this.#approvals.get(source)
    return approval?.pendingId === id ? approval.verdict : undefined
  }

  statisticsOf(source: string): ListStatistics | undefined {
    return this.#statistics.get(source)
  }

  /** Reads the topic to the end that it has now. */
  async read(log: EventLog, topic: string): Promise<void> {
    await readToEnd(log, topic, (record) => this.apply(record))
  }

  /** Of a record that is none of these only that it is there is noted: a later version may write others. */
  apply({ key, value, offset }: Pick<LogRecord, 'key' | 'value' | 'offset'>): void {
    const name = key?.toString('utf8') ?? ''
    const record = value === null ? undefined : decodeListRecord(key, value)
    if (offset < (this.#offsets.get(name) ?? 0)) return
    this.#offsets.set(name, offset)
    this.#unreadable.delete(name)
    if (record instanceof Rejection) this.#unreadable.add(name)
    else if (record === undefined) this.#forget(name)
    else if (record.schema === 'list-state/1') this.#states.set(record.source, record)
    else if (record.schema === 'list-approval/1') this.#approvals.set(record.source, record)
    else this.#statistics.set(record.source, record)
  }

  /** Of a topic that was recreated, offsets begin again. */
  clear(): void {
    for (const records of [this.#states, this.#approvals, this.#statistics, this.#offsets]) records.clear()
    this.#unreadable.clear()
  }

  #forget(key: string): void {
    const [kind, source = ''] = key.split(':', 2)
    if (kind === 'state') this.#states.delete(source)
    else if (kind === 'approval') this.#approvals.delete(source)
    else if (kind === 'statistics') this.#statistics.delete(source)
  }
}

export async function readListRecords(log: EventLog, topic: string): Promise<ListRecords> {
  const records = new ListRecords()
  await records.read(log, topic)
  return records
}
