import { expect, inject, test } from 'vitest'
import { decodeDeadLetter } from '../../src/contract/dead-letter.ts'
import { createTelemetry, startMatchService, watchKafka } from '../../src/cli/match-service.ts'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { readToEnd } from '../../src/stream/read-to-end.ts'
import { workerThread } from '../../src/stream/threads/worker-thread.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { Deployment, knownHash, pdqReport } from '../integration/deployment.ts'

const DEADLY = 'deadly-'

test(
  'a report that kills its thread again and again becomes a dead letter, and every other one is matched',
  { timeout: 240_000 },
  async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const random = seededRandom(3)
    const known = randomBalancedHash(random)
    await deployment.addKnown(knownHash('pdq', known))
    const telemetry = createTelemetry(createLogger('silent'))
    const service = await startMatchService({
      log: deployment.log,
      settings: deployment.settings,
      policy: loadPolicy(),
      ...telemetry,
      listener: watchKafka(telemetry),
      threads: 2,
      startThread: workerThread(new URL('deadly-thread.ts', import.meta.url)),
      signal: new AbortController().signal,
      onSetLost: () => {},
    })
    const reports = Array.from({ length: 300 }, (_, n) =>
      pdqReport(known, `${n === 123 ? DEADLY : 'fine-'}${n}`),
    )
    await deployment.submit(...reports)
    await deployment.untilAllMatched(200_000)
    const withHit = await deployment.reportIdsWithHit()
    const fine = reports.map(({ reportId }) => reportId).filter((id) => !id.startsWith(DEADLY))
    expect([...withHit].sort()).toEqual(fine.sort())
    const reasons: string[] = []
    await readToEnd(deployment.log, deployment.settings.topics.deadLetters, ({ value }) => {
      const letter = decodeDeadLetter(value)
      if ('reason' in letter) reasons.push(letter.reason.code)
    })
    expect([...new Set(reasons)]).toEqual(['kills-matcher'])
    // The deaths really happened: two of a batch, and one of the record alone.
    const { values } = await telemetry.metrics.threadDeaths.get()
    expect(values[0].value).toBeGreaterThanOrEqual(3)
    await service?.stop()
  },
)
