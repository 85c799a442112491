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
  /** Keys of records that are there, and that this version can't read. */
  readonly #unreadable = new Set<string>()
  /** By key. Two readers bring the records, and one may be behind the other. */
  readonly #offsets = new Map<string, number>()

  /** Reads the topic to the end that it has now. */
  async read(log: EventLog, topic: string): Promise<void> {
    await readToEnd(log, topic, (record) => this.apply(record))
  }

  /** Of records of a later version, and of others that are none, only that they are there is noted. */
  apply({ key, value, offset }: Pick<LogRecord, 'key' | 'value' | 'offset'>): void {
    const name = Buffer.from(key ?? '').toString('utf8')
    if (offset < (this.#offsets.get(name) ?? 0)) return
    this.#offsets.set(name, offset)
    this.#unreadable.delete(name)
    if (value === null) return
    const record = decodeListRecord(key, value)
    if (record instanceof Rejection) {
      this.#unreadable.add(name)
      return
    }
    if (record.schema === 'list-state/1') this.#states.set(record.source, record)
    else if (record.schema === 'list-approval/1') this.#approvals.set(record.source, record)
  }

  state(source: string): ListState | undefined {
    return this.isUnreadable(source) ? undefined : this.#states.get(source)
  }

  /** There is a state of this source, and it can't be read. */
  isUnreadable(source: string): boolean {
    return this.#unreadable.has(listRecordKey({ schema: 'list-state/1', source }))
  }

  /** What a person said of this change. */
  verdictOf(source: string, { id }: PendingChange): ListApproval['verdict'] | undefined {
    const approval = this.#approvals.get(source)
    return approval?.pendingId === id ? approval.verdict : undefined
  }
}
