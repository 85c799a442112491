// The platforms that report, those first that need a person's eyes. Pure. An unknown value is undefined.
import type { FleetPicture, FleetPlatform } from '../../../contract/fleet.ts'
import { ago, count } from '../../wording/times.ts'

/** What was suspected this long ago, in milliseconds, is no news any more. */
const PROBING_SHOWN_MS = 86_400_000
/** A platform that hasn't sent a request for this long, in milliseconds, is not being refused now. */
const REFUSED_SHOWN_MS = 3_600_000

export interface PlatformRow {
  readonly platform: string
  /** The way that its reports come. */
  readonly by: 'HTTPS' | 'Kafka'
  /** What needs a person, in words; undefined: nothing does. */
  readonly mark: string | undefined
  readonly lastReportAt: string | undefined
  readonly perMinute: number | undefined
  /** For example `3 × 4xx, 1 × 429`; `0`; undefined: unknown. */
  readonly refused: string | undefined
  /** When the newest canary that was found had been reported. */
  readonly lastCanaryAt: string | undefined
  readonly gateways: number
}

/** Those that need eyes first, then those without a canary, each by name. */
export function platformRows({ platforms = [], at }: FleetPicture): readonly PlatformRow[] {
  const nowMs = Date.parse(at)
  return platforms
    .map((platform) => rowOf(platform, nowMs))
    .toSorted(
      (a, b) =>
        Number(a.mark === undefined) - Number(b.mark === undefined) ||
        Number(a.lastCanaryAt !== undefined) - Number(b.lastCanaryAt !== undefined) ||
        a.platform.localeCompare(b.platform, 'en', { numeric: true }),
    )
}

function rowOf(one: FleetPlatform, nowMs: number): PlatformRow {
  const { platform, isByGateway, gateways, acceptedPerSecond, lastReportAt, lastCanaryAt } = one
  return {
    platform,
    by: isByGateway ? 'HTTPS' : 'Kafka',
    mark: markOf(one, nowMs),
    lastReportAt,
    perMinute: acceptedPerSecond === undefined ? undefined : acceptedPerSecond * 60,
    refused: refusedWords(one),
    lastCanaryAt,
    gateways,
  }
}

function markOf(
  { lastReportAt, lastRefusedAt, probingSuspectedAt }: FleetPlatform,
  nowMs: number,
): string | undefined {
  const probingMs = timeOf(probingSuspectedAt)
  if (nowMs - probingMs < PROBING_SHOWN_MS) return `probing suspected ${ago(probingMs, nowMs)}`
  const refusedMs = timeOf(lastRefusedAt)
  return refusedMs > timeOf(lastReportAt) && nowMs - refusedMs < REFUSED_SHOWN_MS
    ? `refused ${ago(refusedMs, nowMs)}`
    : undefined
}

const timeOf = (iso: string | undefined): number => (iso === undefined ? -Infinity : Date.parse(iso))

function refusedWords({ refusals }: FleetPlatform): string | undefined {
  if (!refusals) return undefined
  const counts = [
    ['4xx', refusals.client],
    ['429', refusals.quota],
    ['5xx', refusals.server],
  ] as const
  const some = counts.filter(([, refused]) => refused > 0)
  return some.length === 0 ? '0' : some.map(([answer, refused]) => `${count(refused)} × ${answer}`).join(', ')
}
