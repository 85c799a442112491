// The platforms that report: by gateways, as these say; and those whose canary a matcher has found, whichever way it came.
import type { FleetPlatform, FleetProcess } from '../../contract/fleet.ts'
import type { GatewayStatus, Status } from '../../contract/status.ts'
import { withoutUnknown } from './counted.ts'

/** Platforms that are kept, at most: those heard of latest. */
const MOST_KEPT = 1_000
/** Of what was last heard this long ago, in milliseconds, nothing is shown any more. */
const GIVEN_UP_AFTER_MS = 30 * 86_400_000

const TIMES = ['lastReportAt', 'lastRefusedAt', 'lastCanaryAt', 'probingSuspectedAt'] as const
/** They outlive the process that said them. */
type Times = { readonly [name in (typeof TIMES)[number]]?: string | undefined }

interface Kept {
  readonly heardMs: number
  readonly isByGateway: boolean
  readonly times: Times
}

export class FleetPlatforms {
  /** Those heard of latest are last. */
  readonly #kept = new Map<string, Kept>()

  /** A status, which the broker stamped with this time. */
  hear({ gateway, match }: Status, heardMs: number): void {
    for (const { platform, ...times } of gateway?.platforms ?? [])
      this.#keep(platform, { heardMs, isByGateway: true, times })
    for (const { platform, writtenAt } of match?.platformCanaries ?? [])
      this.#keep(platform, { heardMs, isByGateway: false, times: { lastCanaryAt: writtenAt } })
  }

  /** By name. Counts and rates are those of running gateways. */
  picture(processes: readonly FleetProcess[], nowMs: number): readonly FleetPlatform[] {
    const said = Map.groupBy(
      processes.flatMap(({ state, status }) =>
        state === 'running' ? (status.gateway?.platforms ?? []) : [],
      ),
      ({ platform }) => platform,
    )
    return [...this.#kept]
      .filter(([, { heardMs }]) => nowMs - heardMs <= GIVEN_UP_AFTER_MS)
      .map(([platform, { isByGateway, times }]) => ({
        platform,
        isByGateway,
        ...countsOf(said.get(platform) ?? []),
        ...withoutUnknown(times),
      }))
      .toSorted((a, b) => a.platform.localeCompare(b.platform))
  }

  #keep(platform: string, { heardMs, isByGateway, times }: Kept): void {
    const before = this.#kept.get(platform)
    this.#kept.delete(platform)
    this.#kept.set(platform, {
      heardMs,
      isByGateway: isByGateway || before?.isByGateway === true,
      times: Object.fromEntries(TIMES.map((name) => [name, later(before?.times[name], times[name])])),
    })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest)
  }
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && Date.parse(b) > Date.parse(a)) ? b : a

type OfGateway = GatewayStatus['platforms'][number]

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

/** Of all gateways together. What none of them tells is left out. */
function countsOf(
  said: readonly OfGateway[],
): Pick<FleetPlatform, 'gateways' | 'acceptedPerSecond' | 'refusals'> {
  const refusals = said.flatMap((one) => one.refusals ?? [])
  const rates = said.flatMap(({ acceptedPerSecond }) => acceptedPerSecond ?? [])
  return {
    gateways: said.length,
    ...(rates.length === 0 ? {} : { acceptedPerSecond: sum(rates) }),
    ...(refusals.length === 0
      ? {}
      : {
          refusals: {
            client: sum(refusals.map(({ client }) => client)),
            quota: sum(refusals.map(({ quota }) => quota)),
            server: sum(refusals.map(({ server }) => server)),
          },
        }),
  }
}
