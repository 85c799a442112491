import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { decodeStatus } from '../../src/contract/status.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from '../integration/deployment.ts'

const random = seededRandom(3)

/** A broker of this test's own, which other tests don't notice being restarted. */
async function ownBroker() {
  const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-broker-'))
  const broker = await startJavaBroker({ dataDir })
  return {
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

test('a matcher that starts before its broker waits, says so once, and works when it comes', async () => {
  await using own = await ownBroker()
  await using deployment = await Deployment.on(own.broker.brokers)
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.submit(pdqReport(known))
  await own.broker.stop()

  const matcher = await deployment.startMatcher()
  await eventually(async () => {
    const ready = await fetch(`${matcher.url}/readyz`)
    return ready.status === 503 && (await ready.text()).includes('KAFKA_UNREACHABLE')
  })
  expect((await fetch(`${matcher.url}/healthz`)).status).toBe(200)
  // Long enough for several attempts.
  await sleep(5_000)
  const complaints = readFileSync(matcher.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('Cannot reach'))
  expect(complaints.length).toBe(1)

  await own.broker.restart()
  await deployment.untilAllMatched()
  expect((await deployment.hits()).length).toBe(1)
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).status === 200)
})

test('SIGTERM: the matcher finishes, commits and leaves with exit code 0', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  const matcher = await deployment.startMatcher()
  await deployment.submit(...Array.from({ length: 5_000 }, () => pdqReport(randomBalancedHash(random))))
  await eventually(async () => (await deployment.committedRecords()) > 0)
  process.kill(matcher.pid, 'SIGTERM')
  // The process ends itself with exit code 1 if it has not left after 4.8 s.
  expect(await matcher.exitCode).toBe(0)
  // Its last word: nothing is to be expected of it any more.
  let last: unknown
  await readToEnd(deployment.log, deployment.settings.topics.status, ({ value }) => {
    last = decodeStatus(value)
  })
  const waitingFor = expect.arrayContaining([expect.objectContaining({ code: 'stopping' })])
  expect(last).toMatchObject({ pid: matcher.pid, state: 'stopping', ready: false, waitingFor })
})
