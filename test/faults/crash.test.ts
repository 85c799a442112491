import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker, type JavaBrokerOptions } from '../../src/cli/local/broker-java.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { Deployment, eventually, knownHash, pdqReport } from '../integration/deployment.ts'
import { CommitGate } from './commit-gate.ts'

const random = seededRandom(3)

/** A broker of this test's own, which other tests don't notice being restarted. */
async function ownBroker(options: Omit<JavaBrokerOptions, 'dataDir'> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-broker-'))
  const broker = await startJavaBroker({ dataDir, ...options })
  return {
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** A broker with a second listener that is advertised as being where the gate listens. */
async function gatedBroker() {
  const [port, controllerPort, behindGate] = [await freePort(), await freePort(), await freePort()]
  const gate = await CommitGate.open(() => behindGate)
  const listeners = (gatedPort: number): string =>
    `PLAINTEXT://127.0.0.1:${port},GATED://127.0.0.1:${gatedPort}`
  const { broker, ...disposable } = await ownBroker({
    port,
    controllerPort,
    overrides: {
      listeners: `${listeners(behindGate)},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': listeners(gate.port),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,GATED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    },
  })
  return {
    broker,
    gate,
    [Symbol.asyncDispose]: async () => {
      await gate.end()
      await disposable[Symbol.asyncDispose]()
    },
  }
}

test('kill -9 between a batch’s hits and its commit: every report is matched, no new hit id', async () => {
  await using own = await gatedBroker()
  const { gate } = own
  // The least that brokers permit by default: the successor waits for so long.
  await using deployment = await Deployment.on(own.broker.brokers, { sessionTimeoutMs: 6_000 })
  const known = randomBalancedHash(random)
  await deployment.addKnown(knownHash('pdq', known))
  const reports = Array.from({ length: 200 }, (_, index) =>
    pdqReport(index % 2 ? randomBalancedHash(random) : known),
  )
  const expected = new Set(
    reports.filter(({ hashes }) => hashes[0].value === known).map(({ reportId }) => reportId),
  )

  gate.close()
  await deployment.submit(...reports)
  const doomed = await deployment.startMatcher([`127.0.0.1:${gate.port}`])
  await gate.held
  // A matcher commits only after the acknowledgement, so the hits of the batch in work are there already.
  const before = new Set((await deployment.hits()).map(({ hitId }) => hitId))
  expect(before.size).toBeGreaterThan(0)
  expect(await deployment.committedRecords()).toBe(0)
  process.kill(doomed.pid, 'SIGKILL')
  await doomed.died

  await deployment.startMatcher()
  await deployment.untilAllMatched()
  const hits = await deployment.hits()
  expect(new Set(hits.map(({ report }) => report.reportId))).toEqual(expected)
  expect(new Set(hits.map(({ hitId }) => hitId)).size).toBe(expected.size)
  // The batch really came twice: more records than hits.
  expect(hits.length).toBeGreaterThan(expected.size)
}, 180_000)

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
    return ready.status === 503 && (await ready.text()).includes('Cannot reach Kafka')
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
}, 180_000)

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
})
