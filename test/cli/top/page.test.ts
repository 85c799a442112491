import { expect, test } from 'vitest'
import type { FleetPicture } from '../../../src/contract/fleet.ts'
import { pageOf } from '../../../src/cli/top/page.ts'
import { drawn } from '../../../src/cli/top/lines.ts'
import { Fleet, type GroupPartitions } from '../../../src/stream/status/fleet.ts'
import { aList, aStatus, matching, reviewing, syncing, taking } from '../../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')

/** Matchers of which every other one is not ready, with partitions that all lag, and a review service. */
function crowded(matchers: number, partitions: number): FleetPicture {
  const fleet = new Fleet()
  for (let pid = 1; pid <= matchers; pid++)
    fleet.hear(
      aStatus({
        pid,
        host: `a-host-with-a-long-name-${pid}.example.org`,
        ready: pid % 2 === 0,
        waitingFor: pid % 2 === 0 ? [] : [{ code: 'kafka', why: 'not reached: '.repeat(20) }],
        match: matching(),
      }),
      START,
    )
  fleet.hear(aStatus({ pid: 900, role: 'review', review: reviewing({ openCases: 4 }) }), START)
  const lagging: GroupPartitions = {
    group: 'hashwarden',
    role: 'match',
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      topic: 'reports',
      partition,
      next: 0,
      end: 1_000,
      lagSeconds: 100 + partition,
    })),
  }
  return fleet.picture([lagging], START)
}

const plainLines = (picture: FleetPicture, columns: number, rows?: number): readonly string[] =>
  pageOf(picture, { columns, ...(rows === undefined ? {} : { rows }) }).map((line) =>
    drawn(line, columns, process.stdout),
  )

test.each([
  [80, 24, 1, 1],
  [80, 24, 2, 3],
  [80, 24, 40, 200],
  [80, 10, 40, 200],
  [40, 24, 3, 6],
  [200, 60, 5, 12],
  [10, 2, 5, 12],
])(
  'a page of %i×%i holds what fits of %i matchers and %i partitions',
  (columns, rows, matchers, partitions) => {
    const lines = plainLines(crowded(matchers, partitions), columns, rows)
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  },
)

test('what is wrong comes first, then the summary, and a part of each table has room at 80×24', () => {
  const lines = plainLines(crowded(40, 200), 80, 24)
  const at = (start: string): number => lines.findIndex((line) => line.startsWith(start))
  expect(lines[0]).toMatch(/^hashwarden top {2}03:04:05 UTC {2}running: 40 match, 1 review/)
  expect(lines[1]).toMatch(/^!! The oldest report that is not matched yet has waited for 5 min/)
  for (const start of ['…', 'Reports', 'Canaries', 'Known set', 'Review', 'PROCESS', 'PARTITION'])
    expect(at(start), start).toBeGreaterThan(0)
  expect(at('PROCESS')).toBeLessThan(at('PARTITION'))
  expect(lines[at('PARTITION') + 1]).toMatch(/^reports\/199 /)
})

test('gateways are shown together, and a platform of two of them is one', () => {
  const fleet = new Fleet()
  const platforms = ['a', 'b'].map((platform) => ({ platform, accepted: 1, repeated: 0, refusedRequests: 0 }))
  const perSecond = { accepted: 1_200, requests: 3 }
  for (const pid of [1, 2])
    fleet.hear(aStatus({ pid, role: 'gateway', gateway: taking({ platforms, perSecond }) }), START)
  const lines = plainLines(fleet.picture([], START), 100)
  expect(lines).toContain('Gateway    2,400/s reports in 6/s requests of 2 platforms; 1.6 % full')
})

test('platforms are shown with their last report and canary, those that reported latest first', () => {
  const fleet = new Fleet()
  const ago = (seconds: number): string => new Date(START - seconds * 1_000).toISOString()
  const of = { accepted: 1, repeated: 0, refusedRequests: 0 }
  const platforms = [
    { ...of, platform: 'a', lastReportAt: ago(7_200) },
    ...Array.from({ length: 7 }, (_, n) => ({ ...of, platform: `b${n}`, lastReportAt: ago(10 + n) })),
  ]
  fleet.hear(aStatus({ pid: 1, role: 'gateway', gateway: taking({ platforms }) }), START)
  const platformCanaries = ['b0', 'by-kafka'].map((platform) => ({ platform, writtenAt: ago(60) }))
  fleet.hear(aStatus({ pid: 2, match: matching({ platformCanaries }) }), START)
  const line = plainLines(fleet.picture([], START), Infinity).find((one) => one.startsWith('Platforms'))
  expect(line).toMatch(
    /^Platforms {2}reported b0 10 s ago \(canary 60 s ago\), b1 11 s ago \(canary not found\), /,
  )
  expect(line).toMatch(/, a 2(\.0)? h ago \(canary not found\), and 1 more$/)
})

test('a snapshot leaves nothing out', () => {
  const lines = plainLines(crowded(40, 200), Infinity)
  expect(lines.filter((line) => line.includes('reports/')).length).toBe(200)
  expect(lines.some((line) => line.startsWith('…'))).toBe(false)
})

test('what is not known is a dash, never 0', () => {
  const fleet = new Fleet()
  fleet.hear(
    aStatus({ match: matching({ counts: {}, partitions: [{ topic: 'reports', partition: 0 }] }) }),
    START,
  )
  const unknown: GroupPartitions = { group: 'hashwarden', role: 'match', partitions: undefined }
  const lines = plainLines(fleet.picture([unknown], START), Infinity)
  const line = (start: string): string | undefined => lines.find((one) => one.startsWith(start))
  expect(line('Reports')).toBe('Reports    –/s read, –/s matched; – wait, the oldest for –')
  expect(line('Found')).toBe('Found      –/s hits, –/s dead letters')
  expect(line('Canaries')).toBe('Canaries   – found, – missed; longest without one: –')
  expect(line('reports/0')).toMatch(/^reports\/0 +– +– +– +match host-1\/1$/)
  expect(line('match host-1/1')).toMatch(/ ready +– +210 MiB +– +1 +–$/)
})

test('a line for a stream that is no terminal has no colour, and is cut to the width', () => {
  const line = { text: 'wrong', style: 'red' } as const
  // Of the tests it is none.
  expect(drawn(line, 80, process.stdout)).toBe('wrong')
  expect(drawn(line, 3, process.stdout)).toBe('wr…')
})

test('the summary says how fresh each list is, and what is wrong with it', () => {
  const fleet = new Fleet()
  const line = (): string | undefined =>
    plainLines(fleet.picture([], START), Infinity).find((one) => one.startsWith('Lists'))
  fleet.hear(aStatus({ match: matching() }), START)
  expect(line()).toBeUndefined()
  const { checkedAt: _, ...never } = aList({ source: 'stopncii' })
  const stale = aList({ source: 'iwf', checkedAt: '2026-01-01T22:04:05.000Z' })
  const waits = aList({ source: 'tat', pending: { why: 'adds-much', since: '2026-01-02T03:00:00.000Z' } })
  fleet.hear(aStatus({ pid: 2, ...syncing([aList(), never, stale, waits]) }), START)
  expect(line()).toBe(
    'Lists      read to the end iwf 5 h ago (stale), ncmec 5 s ago, stopncii never, tat 5 s ago (a change waits)',
  )
})
