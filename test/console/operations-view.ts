// What the service answers to the operations page, for tests of the page's judgement.
import type { OperationsView, SeriesLine, SeriesView } from '../../src/contract/review.ts'
import type { MatchStatus, PartitionStatus, Status } from '../../src/contract/status.ts'
import { Fleet } from '../../src/stream/status/fleet.ts'
import { aStatus, matching } from '../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')
export const NOW = START + 30_000

export interface Matcher {
  readonly pid: number
  readonly match?: Partial<MatchStatus>
  readonly status?: Partial<Status>
  /** Milliseconds since it was last heard. */
  readonly heardMs?: number
}

export const at = (partition: number, more: Partial<PartitionStatus> = {}): PartitionStatus => ({
  topic: 'reports',
  partition,
  next: 10,
  end: 10,
  lagSeconds: 0,
  ...more,
})

/** What the service answers while these matchers run. */
export function viewOf(
  matchers: readonly Matcher[],
  partitions: readonly PartitionStatus[] | undefined,
  more: Partial<OperationsView> = {},
): OperationsView {
  const fleet = new Fleet()
  for (const { pid, match, status, heardMs = 1_000 } of matchers)
    fleet.hear(aStatus({ pid, match: matching(match), ...status }), NOW - heardMs)
  return {
    at: new Date(NOW).toISOString(),
    unseen: [],
    listsChangedAt: '2026-01-02T02:00:00.000Z',
    fleet: fleet.picture([{ group: 'hashwarden', role: 'match', partitions }], NOW),
    ...more,
  }
}

export const FIRST: Matcher = { pid: 1, match: { partitions: [at(0)] } }
export const ONE = [FIRST]
export const WELL = viewOf(ONE, [at(0)])

/** Series over ten minutes whose newest values are these. */
export function seriesOf(panels: Readonly<Record<string, readonly SeriesLine[]>>): SeriesView {
  return {
    at: new Date(NOW).toISOString(),
    range: '1h',
    stepSeconds: 10,
    times: [1_000, 1_010, 1_020],
    panels: Object.entries(panels).map(([panel, lines]) => ({ panel, lines: [...lines] })),
  }
}

export const line = (name: string, ...values: (number | null)[]): SeriesLine => ({ name, values })

/** Canaries are found. */
export const FOUND = { 'canary-age': [line('host-1/1', 3, 4, 5)] }
