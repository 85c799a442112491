import { expect, test } from 'vitest'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { reportOf, startGateway } from './gateway-in-memory.ts'
import { sendWrong } from './wrong-traffic.ts'

test('thousands of wrong requests get problems or closed connections, and the gateway goes on as before', async () => {
  const { url, keyOf, submit, intake, metrics, written } = await startGateway()
  const traffic = await sendWrong({ url, key: keyOf('example') }, 2_000, seededRandom(1))
  const { statuses, unexpected, accepted, unanswered } = traffic
  expect(unexpected).toEqual([])
  for (const status of [202, 400, 401, 413, 415]) expect(statuses[status], String(status)).toBeGreaterThan(0)
  // Of a request that was refused nothing is in the log.
  const reports = (await written()).length
  expect(reports).toBeGreaterThanOrEqual(accepted)
  expect(reports).toBeLessThanOrEqual(accepted + 4 * unanswered)
  expect((await submit(reportOf('after'))).status).toBe(202)
  expect(intake.inFlightBytes).toBe(0)
  expect(await metrics.registry.metrics()).toContain('hashwarden_gateway_refusals_total{code="internal"} 0')
})
