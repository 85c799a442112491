// What the topic `lists` says now of each source: its state, a person's word on a pending change, its statistics.
import {
  decodeListRecord,
  type ListApproval,
  type ListState,
  type ListStatistics,
} from '../../contract/list-state.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'

export class ListRecords {
  readonly #states = new Map<string, ListState>()
  readonly #approvals = new Map<string, ListApproval>()
  readonly #statistics = new Map<string, ListStatistics>()

  /** The names of all sources that something is said of, in order. */
  get sources(): readonly string[] {
    return [...new Set([...this.#states.keys(), ...this.#statistics.keys()])].toSorted()
  }

  get statistics(): readonly ListStatistics[] {
    return [...this.#statistics.values()].toSorted((one, other) => (one.source < other.source ? -1 : 1))
  }

  state(source: string): ListState | undefined {
    return this.#states.get(source)
  }

  approval(source: string): ListApproval | undefined {
    return this.#approvals.get(source)
  }

  statisticsOf(source: string): ListStatistics | undefined {
    return this.#statistics.get(source)
  }

  /** A record that is none of these is passed over: a later version may write others. */
  apply({ key, value }: Pick<LogRecord, 'key' | 'value'>): void {
    if (value === null) {
      this.#forget(key?.toString('utf8') ?? '')
      return
    }
    const record = decodeListRecord(key, value)
    if (record instanceof Rejection) return
    if (record.schema === 'list-state/1') this.#states.set(record.source, record)
    else if (record.schema === 'list-approval/1') this.#approvals.set(record.source, record)
    else this.#statistics.set(record.source, record)
  }

  clear(): void {
    for (const records of [this.#states, this.#approvals, this.#statistics]) records.clear()
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
  await readToEnd(log, topic, (record) => records.apply(record))
  return records
}
