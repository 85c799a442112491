// Commits that Kafka refuses in every partition, all the time: the log stays short, and no member joins again and again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBroker } from '../../src/cli/local/broker-java.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { readGroupHistory } from '../faults/group-history.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const PARTITIONS = 100

/** A broker that refuses every commit whose metadata is longer than this, in bytes: it is started anew with another limit. */
async function startLimited(): Promise<(metadataBytes: number) => Promise<JavaBroker>> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-commits-'))
  const [port, controllerPort] = [await freePort(), await freePort()]
  let broker: JavaBroker | undefined
  onTestFinished(async () => {
    await broker?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return async (metadataBytes) => {
    await broker?.stop()
    const overrides = { 'offset.metadata.max.bytes': String(metadataBytes) }
    broker = await startJavaBroker({ dataDir: folder, port, controllerPort, overrides })
    return broker
  }
}

test('commits that are refused in every partition are one state of each thread in the log, and no reason to join again', async () => {
  const start = await startLimited()
  await using deployment = await Deployment.on((await start(5)).brokers, {}, PARTITIONS)
  const { log, settings } = deployment
  const known = randomBalancedHash(seededRandom(3))
  await publishCanaries(log, settings.topics.knownHashes)
  await deployment.addKnown(knownHash('pdq', known))
  const matcher = await deployment.startMatcher(undefined, { threads: 2, canarySeconds: 1 })
  const lines = (text: string): readonly string[] =>
    readFileSync(matcher.logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes(text))
  const bothThreads = (text: string): boolean =>
    ['"thread":1', '"thread":2'].every((thread) => lines(text).some((line) => line.includes(thread)))
  let reports = 0
  const submit = (): Promise<void> =>
    deployment.submit(...Array.from({ length: 200 }, () => pdqReport(known, `report-${reports++}`)))
  const generations = async (): Promise<readonly number[]> =>
    (await readGroupHistory(log, settings.match.group)).generations
  await eventually(async () => bothThreads('Joined the consumer group'))
  // A broker that has just started may say so before: its groups take a while to load.
  const linesOfStart = lines('').length
  await submit()
  await eventually(async () => bothThreads('Commits are refused'))
  const before = await generations()
  for (let seconds = 0; seconds < 15; seconds++) {
    await submit()
    await sleep(1_000)
  }
  const readiness = await (await fetch(`${matcher.url}/readyz`)).text()
  expect(readiness).toMatch(/OFFSET_METADATA_TOO_LARGE.*Set offset\.metadata\.max\.bytes/)
  expect(await generations()).toEqual(before)
  // A state is logged again when it has ten times the members of the last line.
  expect(lines('Commits are refused').length).toBeLessThanOrEqual(6)
  const linesSince = lines('').slice(linesOfStart)
  expect(linesSince.filter((line) => line.includes('Kafka can’t be used'))).toEqual([])
  expect(linesSince.length).toBeLessThan(20)
  // Nothing is published again and again meanwhile.
  const hitIds = (await deployment.hits()).map(({ hitId }) => hitId)
  expect(new Set(hitIds).size).toBe(hitIds.length)

  const ends = await log.offsets(settings.topics.reports)
  await start(4_096)
  await deployment.untilCommitted(ends)
  expect((await deployment.reportIdsWithHit()).size).toBe(reports)
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
  await eventually(async () => bothThreads('Commits are taken again'))
})
