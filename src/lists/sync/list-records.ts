// What the topic `lists` says now: where each source stands, and what people said of changes that wait.
import {
  decodeListRecord,
  listRecordKey,
  type ListApproval,
  type ListState,
  type PendingChange,
} from '../../contract/list-state.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'

export class ListRecords {
  readonly #states = new Map<string, ListState>()
  readonly #approvals = new Map<string, ListApproval>()
  /** By key. Two readers bring the records, and one may be behind the other. */
  readonly #offsets = new Map<string, number>()

  /** Reads the topic to the end that it has now. */
  async read(log: EventLog, topic: string): Promise<void> {
    await readToEnd(log, topic, (record) => this.apply(record))
  }

  /** Records of a later version, and others that are none, are left alone. */
  apply({ key, value, offset }: Pick<LogRecord, 'key' | 'value' | 'offset'>): void {
    if (value === null) return
    const record = decodeListRecord(key, value)
    if (record instanceof Rejection) return
    const name = listRecordKey(record)
    if (offset < (this.#offsets.get(name) ?? 0)) return
    this.#offsets.set(name, offset)
    if (record.schema === 'list-state/1') this.#states.set(record.source, record)
    else if (record.schema === 'list-approval/1') this.#approvals.set(record.source, record)
  }

  state(source: string): ListState | undefined {
    return this.#states.get(source)
  }

  /** What a person said of this change. */
  verdictOf(source: string, { id }: PendingChange): ListApproval['verdict'] | undefined {
    const approval = this.#approvals.get(source)
    return approval?.pendingId === id ? approval.verdict : undefined
  }
}
