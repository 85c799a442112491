import { makeDeadLetter, type DeadLetter } from '../contract/dead-letter.ts'
import { Rejection } from '../contract/rejection.ts'
import { decodeReport } from '../contract/report.ts'
import type { ReceivedReport } from '../matcher/received-report.ts'
import type { LogRecord, TopicPartition } from './event-log.ts'
import { isCondemned, type Caution } from './work-journal.ts'

/** Records, read: the reports, and a dead letter for what was none. */
export interface DecodedRecords {
  readonly reports: readonly ReceivedReport[]
  /** Element i: the record of report i. All before the offset behind it is done once report i is. */
  readonly sources: readonly LogRecord[]
  readonly deadLetters: readonly DeadLetter[]
}

/** Reads records of a partition, but for those that must not be touched. */
export function decodeRecords(
  { topic, partition }: TopicPartition,
  records: readonly LogRecord[],
  caution: Caution,
): DecodedRecords {
  const reports: ReceivedReport[] = []
  const sources: LogRecord[] = []
  const deadLetters: DeadLetter[] = []
  for (const record of records) {
    const { offset, timestampMs, value } = record
    const report = isCondemned(caution, partition, offset)
      ? new Rejection('kills-matcher')
      : decodeReport(value)
    if (report instanceof Rejection) {
      deadLetters.push(makeDeadLetter({ topic, partition, offset }, value, report))
    } else {
      reports.push({ report, receivedAtMs: timestampMs })
      sources.push(record)
    }
  }
  return { reports, sources, deadLetters }
}
