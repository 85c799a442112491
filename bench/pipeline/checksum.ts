// The cost of the CRC-32C of record batches: microseconds a megabyte, and its share of reading and decoding a report.
import { createRequire } from 'node:module'
import { crc32c } from '@node-rs/crc32'
import { decodeReport } from '../../src/contract/report.ts'
import {
  compressionType,
  MAX_UNPACKED_BYTES,
  registerCompressionCodecs,
  type Compression,
} from '../../src/kafka/fetch/compression.ts'
import { readBatches } from '../../src/kafka/fetch/read-batches.ts'
import { storedBatches } from '../../src/kafka/fetch/record-batch.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'

const REPORTS = 190
const RUNS = 31
/** Repetitions of one run, which takes some tens of milliseconds. */
const TIMES = 50

const random = seededRandom(1)
const values = Array.from({ length: REPORTS }, () =>
  Buffer.from(
    JSON.stringify(makeReport('bench', [{ type: 'pdq', value: randomBalancedHash(random), quality: 100 }])),
  ),
)

/** kafkajs's own encoder of batches. */
interface Encoder {
  encodeRecord(record: object): object
  encodeBatch(batch: object): Promise<{ readonly buffer: Buffer }>
}
const require = createRequire(import.meta.url)
const kafkajs: Encoder = {
  encodeRecord: require('kafkajs/src/protocol/recordBatch/record/v0/index.js'),
  encodeBatch: require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch,
}

async function batchOf(codec: Compression): Promise<Buffer> {
  const { buffer } = await kafkajs.encodeBatch({
    compression: compressionType(codec),
    lastOffsetDelta: REPORTS - 1,
    records: values.map((value, offsetDelta) => kafkajs.encodeRecord({ key: null, value, offsetDelta })),
  })
  return buffer
}

/** Microseconds of one call: the median of the runs. */
async function micros(work: () => unknown): Promise<number> {
  const samples: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const startedMs = performance.now()
    for (let n = 0; n < TIMES; n++) await work()
    samples.push(((performance.now() - startedMs) * 1000) / TIMES)
  }
  return median(samples)
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

async function measure(codec: Compression): Promise<object> {
  const batch = await batchOf(codec)
  const [{ checked }] = storedBatches(batch)
  const checksum = await micros(() => crc32c(checked))
  const whole = await micros(async () => {
    const facts = { aborted: [], endOffset: REPORTS }
    const { records } = await readBatches(batch, { bytes: MAX_UNPACKED_BYTES }, facts)
    for (const { value } of records) decodeReport(value)
  })
  return {
    codec,
    batchBytes: batch.length,
    microsAMegabyte: rounded((checksum / checked.length) * 1e6, 0),
    nanosAReport: rounded((checksum * 1000) / REPORTS, 1),
    shareOfReadingAndDecoding: rounded(checksum / whole, 4),
  }
}

registerCompressionCodecs()
const byCodec = [await measure('none'), await measure('zstd')]
console.log(byCodec)
writeResult('checksum', {
  what: `CRC-32C of a batch of ${REPORTS} reports with a PDQ hash each; the share is of the time to read the batch and decode its reports, without matching`,
  byCodec,
})
