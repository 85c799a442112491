// How soon a known hash that is added matches in every process: each member of the group owns one partition, and reports
// of the new hash go to all partitions without pause.
import { setTimeout as sleep } from 'node:timers/promises'
import { makeReport } from '../../src/hashing/make-report.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { deploy, type Deployment } from './deployment.ts'
import { HitReader } from './hit-reader.ts'
import type { JobOf, Visible } from './jobs.ts'
import { benchEntry } from './known-values.ts'
import { PARTITIONS, type Site } from './site.ts'
import { wallMs } from './wall-clock.ts'

const SEED = 5
const PAUSE_MS = 5
const LONGEST_MS = 30_000
const PARTITION_NUMBERS = Array.from({ length: PARTITIONS }, (_, partition) => partition)

export async function measureVisible(site: Site, job: JobOf<'visible'>): Promise<Visible> {
  const { known, processes, threads, samples: count } = job
  if (processes * threads !== PARTITIONS) throw new Error('Each member must own one partition.')
  await using deployment = await deploy(site, { known, match: { threads }, live: true })
  await deployment.startMatchers(processes)
  const reader = await HitReader.start(deployment.log, deployment.settings.topics.hits)
  const random = seededRandom(SEED)
  const samples: number[] = []
  // The first one opens its connections.
  for (let n = 0; n <= count; n++) {
    const sample = await addOne(
      deployment,
      reader,
      `added-${n}`,
      benchEntry('pdq', randomBalancedHash(random)),
    )
    if (n > 0) samples.push(sample)
  }
  await reader.stop()
  samples.sort((a, b) => a - b)
  return {
    partitions: PARTITIONS,
    samples: samples.length,
    p50Ms: Math.round(samples[samples.length >> 1]),
    greatestMs: Math.round(samples[samples.length - 1]),
  }
}

/** Milliseconds from the known hash acknowledged to its first hit from the last partition. */
async function addOne(
  { log, settings: { topics } }: Deployment,
  reader: HitReader,
  name: string,
  entry: ReturnType<typeof benchEntry>,
): Promise<number> {
  const key = knownHashKey(entry)
  await log.produce(topics.knownHashes, [{ key, value: encodeKnownHash(entry) }])
  const addedMs = wallMs()
  const idOf = (partition: number, n: number): string => `${name}-${partition}-${n}`
  const firstHit = (partition: number, sent: number): number | undefined => {
    for (let n = 0; n < sent; n++) {
      const readMs = reader.readAtMs.get(idOf(partition, n))
      if (readMs !== undefined) return readMs
    }
    return undefined
  }
  let sent = 0
  while (PARTITION_NUMBERS.some((partition) => firstHit(partition, sent) === undefined)) {
    if (wallMs() - addedMs > LONGEST_MS)
      throw new Error('An added known hash was not found in every partition.')
    await Promise.all(
      PARTITION_NUMBERS.map((partition) => {
        const report = makeReport(
          'bench',
          [{ type: 'pdq', value: entry.value, quality: 100 }],
          idOf(partition, sent),
        )
        return log.produceTo(topics.reports, partition, {
          key: report.reportId,
          value: JSON.stringify(report),
        })
      }),
    )
    sent++
    await sleep(PAUSE_MS)
  }
  await checkNoneLater(reader, idOf, sent)
  // The topic is kept for other jobs.
  await log.produce(topics.knownHashes, [{ key, value: null }])
  return Math.max(...PARTITION_NUMBERS.map((partition) => firstHit(partition, sent) ?? NaN)) - addedMs
}

/** Behind the first report of a partition that found the new hash none may miss it. */
async function checkNoneLater(
  reader: HitReader,
  idOf: (partition: number, n: number) => string,
  sent: number,
): Promise<void> {
  const isThere = (partition: number) => (n: number) => reader.readAtMs.has(idOf(partition, n))
  const numbers = Array.from({ length: sent }, (_, n) => n)
  const areComplete = (): boolean =>
    PARTITION_NUMBERS.every((partition) => {
      const first = numbers.findIndex(isThere(partition))
      return numbers.slice(first).every(isThere(partition))
    })
  if (!(await reader.until(areComplete, LONGEST_MS)))
    throw new Error('A hash that had been found was missed later.')
}
