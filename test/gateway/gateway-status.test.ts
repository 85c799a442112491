// What a gateway says of itself.
import { expect, test } from 'vitest'
import { decodeStatus, encodeStatus } from '../../src/contract/status.ts'
import { GatewayStatusReader } from '../../src/gateway/gateway-status.ts'
import { PlatformActivity } from '../../src/gateway/platform-activity.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { aStatus } from '../fixtures/statuses.ts'

const SUSPECTED = '2026-01-02T03:00:00.000Z'

function open() {
  let nowMs = 0
  const activity = new PlatformActivity(() => Date.parse('2026-01-02T03:04:05.000Z') + nowMs)
  const { gateway } = loadSettings(undefined, {})
  const probing = {
    suspectedMs: (platform: string) => (platform === 'b' ? Date.parse(SUSPECTED) : undefined),
  }
  const reader = new GatewayStatusReader({ activity, inFlightBytes: 7, probing }, gateway, () => nowMs)
  return { activity, reader, wait: (ms: number) => (nowMs += ms) }
}

test('rates are of the time since the record before, by platform and together', () => {
  const { activity, reader, wait } = open()
  expect(reader.read().perSecond).toBeUndefined()
  activity.took('a', { accepted: 100, repeated: 5 })
  activity.took('b', { accepted: 50, repeated: 0 })
  for (const status of [400, 429, 503, 422]) activity.refused('b', status)
  wait(2_000)
  const status = reader.read()
  expect(status.perSecond).toEqual({ accepted: 75, requests: 3 })
  expect(status).toMatchObject({ accepted: 150, repeated: 5, refusedRequests: 4, inFlightBytes: 7 })
  expect(status.platforms).toEqual([
    {
      platform: 'b',
      accepted: 50,
      repeated: 0,
      refusedRequests: 4,
      refusals: { client: 2, quota: 1, server: 1 },
      acceptedPerSecond: 25,
      lastReportAt: '2026-01-02T03:04:05.000Z',
      lastRefusedAt: '2026-01-02T03:04:05.000Z',
      probingSuspectedAt: SUSPECTED,
    },
    {
      platform: 'a',
      accepted: 100,
      repeated: 5,
      refusedRequests: 0,
      refusals: { client: 0, quota: 0, server: 0 },
      acceptedPerSecond: 50,
      lastReportAt: '2026-01-02T03:04:05.000Z',
    },
  ])
  wait(2_000)
  expect(reader.read().perSecond).toEqual({ accepted: 0, requests: 0 })
})

test('it is a status of the contract, however many platforms have reported', () => {
  const { activity, reader } = open()
  for (let n = 0; n < 1_000; n++) activity.took(`platform-${n}`, { accepted: 1, repeated: 0 })
  const gateway = reader.read()
  expect(gateway.platforms).toHaveLength(256)
  expect(gateway.accepted).toBe(1_000)
  const status = aStatus({ role: 'gateway', gateway })
  expect(decodeStatus(Buffer.from(encodeStatus(status)))).toEqual(status)
})
