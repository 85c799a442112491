// The table of platforms: whose row comes first, and what it says.
import { expect, test } from 'vitest'
import { platformRows, type PlatformRow } from '../../src/console/pages/operating/platform-rows.ts'
import type { FleetPlatform } from '../../src/contract/fleet.ts'
import { Fleet } from '../../src/stream/status/fleet.ts'

const NOW = Date.parse('2026-01-02T03:04:05.000Z')
const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString()

const rowsOf = (...platforms: readonly (Partial<FleetPlatform> & { readonly platform: string })[]) =>
  platformRows({
    ...new Fleet().picture([], NOW),
    platforms: platforms.map((one) => ({ isByGateway: true, gateways: 1, ...one })),
  })
const names = (rows: readonly PlatformRow[]): readonly string[] => rows.map(({ platform }) => platform)

test('platforms that need eyes come first, then those without a canary, each by name', () => {
  const rows = rowsOf(
    { platform: 'b-well', lastCanaryAt: ago(9) },
    { platform: 'a-well', lastCanaryAt: ago(9) },
    { platform: 'c-unproved' },
    { platform: 'z-probes', lastCanaryAt: ago(9), probingSuspectedAt: ago(60) },
    { platform: 'y-refused', lastReportAt: ago(90), lastRefusedAt: ago(60) },
  )
  expect(names(rows)).toEqual(['y-refused', 'z-probes', 'c-unproved', 'a-well', 'b-well'])
  expect(rows.map(({ mark }) => mark)).toEqual([
    'refused 1 min ago',
    'probing suspected 1 min ago',
    undefined,
    undefined,
    undefined,
  ])
})

test('a refusal is a mark until a request is taken again, and for an hour; a suspicion for a day', () => {
  const rows = rowsOf(
    { platform: 'recovered', lastRefusedAt: ago(60), lastReportAt: ago(59) },
    { platform: 'long-ago', lastRefusedAt: ago(3_601) },
    { platform: 'looked-at', probingSuspectedAt: ago(86_401) },
  )
  expect(rows.every(({ mark }) => mark === undefined)).toBe(true)
})

test('refusals are told by the class of their answers; what is not known is not told as 0', () => {
  const [none, some, unknown] = rowsOf(
    { platform: 'a', refusals: { client: 0, quota: 0, server: 0 } },
    { platform: 'b', refusals: { client: 1_200, quota: 0, server: 3 }, acceptedPerSecond: 0.5 },
    { platform: 'c' },
  )
  expect([none.refused, some.refused, unknown.refused]).toEqual(['0', '1,200 × 4xx, 3 × 5xx', undefined])
  expect([some.perMinute, unknown.perMinute]).toEqual([30, undefined])
})

test('a platform that no gateway has named reports by Kafka', () => {
  const rows = rowsOf({ platform: 'a' }, { platform: 'b', isByGateway: false, gateways: 0 })
  expect(rows.map(({ by }) => by)).toEqual(['HTTPS', 'Kafka'])
})
