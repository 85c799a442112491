// How large a report and a known hash are in Kafka: as JSON, and in full batches packed by zstd. Writes
// bench/results/record-sizes.json in seconds: node bench/pipeline/record-sizes.ts
import { zstdCompressSync } from 'node:zlib'
import { writeResult } from '../machine.ts'
import { BenchReports, reportMessage } from './bench-reports.ts'
import { knownRecords } from './known-values.ts'
import { REPORT_BATCH } from './publish.ts'

/** What Kafka's record format adds to key and value: lengths, time, offset, no headers. */
const RECORD_BYTES = 10
const SEED = 17

interface Message {
  readonly key: string
  readonly value: string
}

/** Mean bytes of a record, whole numbers. */
function sizesOf(messages: readonly Message[]) {
  const records = messages.map(({ key, value }) => Buffer.from(key + value + ' '.repeat(RECORD_BYTES)))
  const batch = Buffer.concat(records)
  return {
    plain: Math.ceil(batch.length / messages.length),
    zstd: Math.ceil(zstdCompressSync(batch).length / messages.length),
  }
}

const reports = new BenchReports(SEED)
writeResult('record-sizes', {
  what: 'Bytes of a record of reports (a PDQ hash and an MD5) and of known-hashes, in batches of 1,024',
  bytes: {
    report: sizesOf(Array.from({ length: REPORT_BATCH }, () => reportMessage(reports.make(false), 0))),
    knownHash: sizesOf([...knownRecords(REPORT_BATCH)].slice(0, REPORT_BATCH)),
  },
})
