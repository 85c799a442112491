// Records of a reports topic become reports, or dead letters.
import { makeBatchDeadLetter, makeDeadLetter, type DeadLetter } from '../../contract/dead-letter.ts'
import { Rejection } from '../../contract/rejection.ts'
import { isCanaryReport } from '../../contract/canary.ts'
import { decodeReport, type Report } from '../../contract/report.ts'
import { degeneracyOf } from '../../hash/degenerate.ts'
import type { HashType } from '../../hash/hash-type.ts'
import type { ReceivedReport } from '../../matcher/received-report.ts'
import type { LogRecord, TopicPartition } from '../../log/event-log.ts'
import { platformOf, type TopicNames } from '../topics/report-topics.ts'
import { isCondemned, type Caution } from './poison-records.ts'

/** Records, read: the reports, and a dead letter for what was none. */
export interface DecodedRecords {
  readonly reports: readonly ReceivedReport[]
  /** Element i: the record of report i. All up to it is done once report i is. */
  readonly sources: readonly LogRecord[]
  readonly deadLetters: readonly DeadLetter[]
}

/** Reads records of a partition, but for those that must not be touched. */
export function decodeRecords(
  { topic, partition }: TopicPartition,
  records: readonly LogRecord[],
  names: TopicNames,
  caution: Caution,
): DecodedRecords {
  const platform = platformOf(names, topic)
  const isAnyCondemned = caution.condemned.length > 0
  const reports: ReceivedReport[] = []
  const sources: LogRecord[] = []
  const deadLetters: DeadLetter[] = []
  for (const record of records) {
    const { offset, timestampMs, value, refused } = record
    if (refused) {
      deadLetters.push(makeBatchDeadLetter({ topic, partition, offset }, refused))
      continue
    }
    const mustNotBeTouched = isAnyCondemned && isCondemned(caution, { topic, partition, offset })
    const report = mustNotBeTouched
      ? new Rejection('kills-matcher')
      : ofPlatform(platform, decodeReport(value))
    if (report instanceof Rejection) {
      deadLetters.push(makeDeadLetter({ topic, partition, offset }, value, report))
    } else {
      reports.push({ report, receivedAtMs: timestampMs })
      sources.push(record)
    }
  }
  return { reports, sources, deadLetters }
}

/** How many hashes of these reports are degenerate, by type. Types without any are left out. */
export function countDegenerateHashes(reports: readonly ReceivedReport[]): ReadonlyMap<HashType, number> {
  const counts = new Map<HashType, number>()
  for (const { report } of reports)
    for (const { type, value } of report.hashes)
      if (degeneracyOf(type, value)) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}

/**
 * A report that came by a platform's own topic must be that platform's: only the topic is what Kafka vouches for. Canaries
 * go through every topic, and there is nothing in them but canaries.
 */
const ofPlatform = (platform: string | undefined, report: Report | Rejection): Report | Rejection =>
  platform === undefined ||
  report instanceof Rejection ||
  report.platform === platform ||
  isCanaryReport(report)
    ? report
    : new Rejection('wrong-platform', '/platform')
