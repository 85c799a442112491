// What a gateway says of itself in its status.
import { timestampOf } from '../contract/primitives.ts'
import type { GatewayStatus } from '../contract/status.ts'
import type { GatewaySettings } from '../settings/gateway-settings.ts'
import { refusedRequests, type PlatformCounts } from './platform-activity.ts'
import type { ReportIntake } from './report-intake.ts'

const MIB = 1024 * 1024

type StatusSource = Pick<ReportIntake, 'activity' | 'inFlightBytes'> & {
  readonly probing: Pick<ReportIntake['probing'], 'suspectedMs'>
}

/** Counts at a time, for the rates until the next look. */
interface Look {
  readonly atMs: number
  readonly requests: number
  readonly accepted: number
  readonly acceptedOf: ReadonlyMap<string, number>
}

export class GatewayStatusReader {
  readonly #intake: StatusSource
  readonly #settings: Pick<GatewaySettings, 'profile' | 'limits'>
  /** Milliseconds, of a clock that only rises. */
  readonly #clock: () => number
  #last: Look | undefined

  constructor(
    intake: StatusSource,
    settings: Pick<GatewaySettings, 'profile' | 'limits'>,
    clock = (): number => performance.now(),
  ) {
    this.#intake = intake
    this.#settings = settings
    this.#clock = clock
  }

  read(): GatewayStatus {
    const { activity, inFlightBytes, probing } = this.#intake
    const { platforms, total } = activity
    const now: Look = {
      atMs: this.#clock(),
      requests: total.requests,
      accepted: total.accepted,
      acceptedOf: new Map(platforms.map((counts) => [counts.platform, counts.accepted])),
    }
    const last = this.#last
    this.#last = now
    const seconds = last && (now.atMs - last.atMs) / 1_000
    const rate = (count: number, before: number): number | undefined =>
      seconds === undefined || seconds <= 0 ? undefined : Math.max(0, count - before) / seconds
    const accepted = rate(now.accepted, last?.accepted ?? 0)
    const requests = rate(now.requests, last?.requests ?? 0)
    return {
      profile: this.#settings.profile,
      accepted: total.accepted,
      repeated: total.repeated,
      refusedRequests: refusedRequests(total),
      inFlightBytes,
      inFlightLimitBytes: this.#settings.limits.inFlightMiB * MIB,
      ...(accepted === undefined || requests === undefined ? {} : { perSecond: { accepted, requests } }),
      platforms: platforms.map((counts) => {
        const perSecond = rate(counts.accepted, last?.acceptedOf.get(counts.platform) ?? 0)
        const status = platformStatus(counts, perSecond)
        const suspectedMs = probing.suspectedMs(counts.platform)
        return suspectedMs === undefined
          ? status
          : { ...status, probingSuspectedAt: timestampOf(suspectedMs) }
      }),
    }
  }
}

const platformStatus = (
  counts: PlatformCounts,
  acceptedPerSecond: number | undefined,
): GatewayStatus['platforms'][number] => {
  const { platform, accepted, repeated, refusals, lastReportMs, lastRefusedMs } = counts
  return {
    platform,
    accepted,
    repeated,
    refusedRequests: refusedRequests(counts),
    refusals,
    ...(acceptedPerSecond === undefined ? {} : { acceptedPerSecond }),
    ...(lastReportMs === undefined ? {} : { lastReportAt: timestampOf(lastReportMs) }),
    ...(lastRefusedMs === undefined ? {} : { lastRefusedAt: timestampOf(lastRefusedMs) }),
  }
}
