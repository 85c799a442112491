// Reports that wait in a topic before a matcher starts.
import { makeReport } from '../../src/hashing/make-report.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { randomMd5 } from './known-values.ts'

/** In one sending; packed to a quarter or less. */
const LIKE_REPORTS = 1_500
const SENDINGS_AT_ONCE = 4

/** Lets reports of an unknown MD5 each pile up, packed, so that a fetch brings many. */
export async function pileUp({ kafka, topics }: Settings, reports: number): Promise<void> {
  const log = new KafkaLog({ ...kafka, compression: 'zstd' })
  const random = seededRandom(9)
  const records = Array.from({ length: LIKE_REPORTS }, () => {
    const report = makeReport('backlog', [{ type: 'md5', value: randomMd5(random) }])
    return { key: report.reportId, value: JSON.stringify(report) }
  })
  for (let sent = 0; sent < reports;) {
    const sending: Promise<void>[] = []
    for (; sending.length < SENDINGS_AT_ONCE && sent < reports; sent += LIKE_REPORTS)
      sending.push(log.produce(topics.reports, records.slice(0, reports - sent)))
    await Promise.all(sending)
  }
  await log.close()
}
