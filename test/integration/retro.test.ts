import { describe, expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { retroGroup } from '../../src/stream/retro/retro-stream.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(31)
const UNTHROTTLED = { canarySeconds: 10, retro: { share: 1, maxLagRecords: 1_000_000 } }
let fillers = 0

/** Reports of nothing known, until every partition's live position is past all changes and they were looked back for. */
async function untilLookedBack(deployment: Deployment): Promise<void> {
  const { log, settings } = deployment
  const { topics, match } = settings
  const [{ end }] = await log.offsets(topics.knownHashes)
  await eventually(async () => {
    const reports = Array.from({ length: 20 }, () =>
      pdqReport(randomBalancedHash(random), `filler-${fillers++}`),
    )
    await deployment.submit(...reports)
    await deployment.untilAllMatched()
    const [commit] = await log.committed(retroGroup(match.group), topics.knownHashes)
    return commit?.offset === end
  })
}

describe('looking back on a real Kafka', () => {
  test.each([0, 2])('with %d matcher threads: a report from before its value was known', async (threads) => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const later = knownHash('pdq', randomBalancedHash(random))
    await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
    // An index that can't be shared is searched in one thread.
    const index = threads === 0 ? 'flat' : 'auto'
    await deployment.startMatcher(undefined, { ...UNTHROTTLED, index, threads })
    await deployment.submit(pdqReport(later.value, 'early'))
    await untilLookedBack(deployment)
    expect(await deployment.hits()).toEqual([])
    await deployment.addKnown(later)
    await untilLookedBack(deployment)
    expect(await deployment.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
  })

  test('with two processes: one looks back, and when it is stopped, the other goes on', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
    const known = Array.from({ length: 3 }, () => knownHash('pdq', randomBalancedHash(random)))
    const matchers = [
      await deployment.startMatcher(undefined, UNTHROTTLED),
      await deployment.startMatcher(undefined, UNTHROTTLED),
    ]
    await deployment.submit(...known.map(({ value }, n) => pdqReport(value, `early-${n}`)))
    await deployment.untilAllMatched()
    for (const [n, entry] of known.entries()) {
      await deployment.addKnown(entry)
      if (n === 1) await matchers[0].stop()
      if (n === 2) {
        await deployment.startMatcher(undefined, UNTHROTTLED)
        await matchers[1].stop()
      }
      await untilLookedBack(deployment)
      const found = await deployment.reportIdsWithHit()
      expect([...found].sort()).toEqual(known.slice(0, n + 1).map((_, early) => `early-${early}`))
    }
  })
})
