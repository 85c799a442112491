// What all processes together tell of a platform.
import { expect, test } from 'vitest'
import type { FleetPlatform } from '../../../src/contract/fleet.ts'
import type { GatewayStatus, Status } from '../../../src/contract/status.ts'
import { Fleet } from '../../../src/stream/status/fleet.ts'
import { aStatus, matching, taking } from '../../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')
const time = (seconds: number): string => new Date(START + seconds * 1_000).toISOString()

const ofPlatform = (
  more: Partial<GatewayStatus['platforms'][number]>,
): GatewayStatus['platforms'][number] => ({
  platform: 'example-platform',
  accepted: 0,
  repeated: 0,
  refusedRequests: 0,
  ...more,
})
const aGateway = (pid: number, ...platforms: GatewayStatus['platforms']): Status =>
  aStatus({ pid, role: 'gateway', gateway: taking({ platforms }) })
const aMatcher = (
  ...platformCanaries: readonly { readonly platform: string; readonly writtenAt: string }[]
) => aStatus({ pid: 9, match: matching({ platformCanaries: [...platformCanaries] }) })

/** After these statuses, `atSeconds` after the start. */
function platformsOf(statuses: readonly Status[], atSeconds = 1): readonly FleetPlatform[] | undefined {
  const fleet = new Fleet()
  for (const status of statuses) fleet.hear(status, START)
  return fleet.picture([], START + atSeconds * 1_000).platforms
}

test('a platform of two gateways is one: its counts and rates are sums, its times the latest', () => {
  const refusals = { client: 1, quota: 2, server: 3 }
  const platforms = platformsOf([
    aGateway(
      1,
      ofPlatform({ acceptedPerSecond: 2, refusals, lastReportAt: time(-9), lastRefusedAt: time(-2) }),
    ),
    aGateway(
      2,
      ofPlatform({ acceptedPerSecond: 3, refusals, lastReportAt: time(-4), lastRefusedAt: time(-8) }),
    ),
  ])
  expect(platforms).toEqual([
    {
      platform: 'example-platform',
      isByGateway: true,
      gateways: 2,
      acceptedPerSecond: 5,
      refusals: { client: 2, quota: 4, server: 6 },
      lastReportAt: time(-4),
      lastRefusedAt: time(-2),
    },
  ])
})

test('a canary that a matcher has found is its platform’s, also of one that reports by Kafka', () => {
  const platforms = platformsOf([
    aGateway(1, ofPlatform({ platform: 'by-https' })),
    aMatcher({ platform: 'by-https', writtenAt: time(-5) }, { platform: 'by-kafka', writtenAt: time(-6) }),
  ])
  expect(platforms).toMatchObject([
    { platform: 'by-https', isByGateway: true, gateways: 1, lastCanaryAt: time(-5) },
    { platform: 'by-kafka', isByGateway: false, gateways: 0, lastCanaryAt: time(-6) },
  ])
})

test('its times outlive the processes that said them, its rates do not, and in a month it is forgotten', () => {
  const statuses = [
    aGateway(1, ofPlatform({ acceptedPerSecond: 2, lastReportAt: time(-1) })),
    aMatcher({ platform: 'example-platform', writtenAt: time(-5) }),
  ]
  const later = platformsOf(statuses, 3_600)
  expect(later).toEqual([
    {
      platform: 'example-platform',
      isByGateway: true,
      gateways: 0,
      lastReportAt: time(-1),
      lastCanaryAt: time(-5),
    },
  ])
  expect(platformsOf(statuses, 31 * 86_400)).toBeUndefined()
})

/** A gateway of as many platforms as one names. */
const ofMany = (from: number): Status =>
  aGateway(from, ...Array.from({ length: 256 }, (_, n) => ofPlatform({ platform: `p${from + n}` })))

test('however many platforms there are, a thousand are kept, those heard of latest', () => {
  const platforms = platformsOf([1_000, 2_000, 3_000, 4_000, 5_000].map(ofMany))
  expect(platforms).toHaveLength(1_000)
  expect(platforms?.map(({ platform }) => platform)).toContain('p5255')
  expect(platforms?.map(({ platform }) => platform)).not.toContain('p1000')
})
