import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { FleetPicture, type FleetPicture as Picture } from '../../../src/contract/fleet.ts'
import type { ListState } from '../../../src/contract/list-state.ts'
import { Fleet } from '../../../src/stream/status/fleet.ts'
import { aList, aStatus, matching, syncing } from '../../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')
const picture = Compile(FleetPicture)
const HOUR = 3_600_000

/** What a fleet shows that hears these sources of one daemon, and a matcher. */
function heard(sources: readonly ReturnType<typeof aList>[], active = true, nowMs = START): Picture {
  const fleet = new Fleet()
  fleet.hear(aStatus({ pid: 1, match: matching() }), nowMs)
  fleet.hear(aStatus({ pid: 2, ...syncing(sources, active) }), nowMs)
  return looked(fleet, nowMs)
}

function looked(fleet: Fleet, nowMs: number): Picture {
  const seen = fleet.picture([], nowMs)
  expect(picture.Errors(seen)).toEqual([])
  return seen
}

const sentences = ({ problems }: Picture): readonly string[] =>
  problems.filter(({ code }) => /list|sync/.test(code)).map(({ severity, text }) => `${severity}: ${text}`)

const state = (differing: Partial<ListState> = {}): ListState => ({
  schema: 'list-state/1',
  source: 'ncmec',
  checkpoint: '{"to":"2026-01-02T03:00:00Z"}',
  checkedAt: '2026-01-02T03:04:00.000Z',
  ...differing,
})

test('a list that was read to its end in time is fresh, and nothing is said of it', () => {
  const seen = heard([aList()])
  expect(seen.lists).toMatchObject([{ source: 'ncmec', ageSeconds: 5, staleAfterSeconds: 3_600 }])
  expect(sentences(seen)).toEqual([])
})

test('a deployment without lists that are kept up to date has none in its picture', () => {
  const fleet = new Fleet()
  fleet.hear(aStatus({ match: matching() }), START)
  expect(looked(fleet, START)).not.toHaveProperty('lists')
})

test('a list that was not read to its end for too long is stale, with the reason that its daemon gives', () => {
  const problem = { code: 'refused', since: '2026-01-02T00:04:00.000Z' }
  expect(sentences(heard([aList({ checkedAt: '2026-01-02T00:04:05.000Z', problem })]))).toEqual([
    'warning: List ncmec was last read to its end 3 h ago (refused); it is stale after 60 min.',
  ])
  // It is no older than its process.
  const { checkedAt: _, ...never } = aList({ staleAfterSeconds: 120 })
  expect(sentences(heard([never]))).toEqual([
    'warning: List ncmec has not been read to its end since its process started 4 min ago; it is stale after 2 min.',
  ])
})

test('a list that can’t be read for two minutes is a problem before it is stale', () => {
  const [now, before] = ['2026-01-02T03:03:05.000Z', '2026-01-02T02:59:05.000Z'].map((since) =>
    sentences(heard([aList({ problem: { code: 'corrupt-page', since } })])),
  )
  expect(now).toEqual([])
  expect(before).toEqual(['warning: List ncmec can’t be read for 5 min (corrupt-page); it is tried again.'])
})

test('a change that waits for a person says for how long and why', () => {
  const pending = { why: 'removes-much', since: '2026-01-02T01:04:05.000Z' }
  expect(sentences(heard([aList({ pending })]))).toEqual([
    'warning: A change of list ncmec has waited for a person for 2 h: it would remove a great share of what the list has.',
  ])
})

test('lists that no process keeps up to date are known from their topic, and that is a problem after a minute', () => {
  const fleet = new Fleet()
  const hear = (number: number, nowMs: number): void =>
    fleet.hear(aStatus({ number, match: matching() }), nowMs)
  hear(1, START)
  fleet.hearList(state())
  expect(sentences(looked(fleet, START + 30_000))).toEqual([])
  hear(2, START + HOUR)
  const seen = looked(fleet, START + HOUR)
  expect(seen.lists).toEqual([{ source: 'ncmec', checkedAt: '2026-01-02T03:04:00.000Z', ageSeconds: 3_605 }])
  expect(sentences(seen)).toEqual([
    'warning: No process keeps list ncmec up to date; it was last read to its end 60 min ago.',
  ])
  fleet.hearList(state({ source: 'iwf', checkedAt: '2026-01-02T01:04:00.000Z' }))
  expect(sentences(looked(fleet, START + HOUR))).toEqual([
    'warning: No process keeps the 2 lists up to date; the oldest was last read to its end 3 h ago.',
  ])
})

test('a daemon that waits for its turn keeps no list up to date', () => {
  const fleet = new Fleet()
  fleet.hearList(state())
  for (const [number, nowMs] of [START, START + 62_000].entries()) {
    fleet.hear(aStatus({ pid: 1, number, match: matching() }), nowMs)
    fleet.hear(aStatus({ pid: 2, number, ...syncing([], false) }), nowMs)
  }
  expect(sentences(looked(fleet, START + 62_000))).toEqual([
    expect.stringMatching(/^warning: No process keeps list ncmec up to date/),
  ])
})

test('a source that the settings no longer name, or whose state was removed, or that was given up, is not shown', () => {
  const fleet = new Fleet()
  fleet.hearList(state())
  fleet.hearList(state({ source: 'old', checkedAt: '2025-10-02T03:04:00.000Z' }))
  expect(looked(fleet, START).lists?.map(({ source }) => source)).toEqual(['ncmec'])
  fleet.hear(aStatus({ pid: 2, ...syncing([aList({ source: 'iwf' })]) }), START)
  expect(looked(fleet, START).lists?.map(({ source }) => source)).toEqual(['iwf'])
  const other = new Fleet()
  other.hearList(state())
  other.forgetList('state:ncmec')
  expect(looked(other, START)).not.toHaveProperty('lists')
})

test('neither how far a list was read nor the words of its problem are in the picture', () => {
  const fleet = new Fleet()
  const since = '2026-01-02T03:00:00.000Z'
  fleet.hearList(state({ problem: { code: 'refused', text: 'https://example.org said 401', since } }))
  const text = JSON.stringify(looked(fleet, START))
  expect(text).toContain('refused')
  expect(text).not.toMatch(/checkpoint|example\.org|401/)
})
