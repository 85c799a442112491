import { describe, expect, test } from 'vitest'
import type { MatchStatus, PartitionStatus, Status } from '../../../src/contract/status.ts'
import { FleetSampler, type StoreFacts } from '../../../src/review/operations/fleet-sampler.ts'
import type { Sample } from '../../../src/review/operations/sample.ts'
import { Fleet } from '../../../src/stream/status/fleet.ts'
import { aStatus, matching } from '../../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')

/** Processes that say something every two seconds, brokers that answer, and a sample when it is asked for. */
class Story {
  readonly #fleet = new Fleet()
  readonly #sampler = new FleetSampler()
  readonly #numbers = new Map<string, number>()
  #nowMs = START
  #partitions: readonly PartitionStatus[] | undefined

  wait(seconds: number): this {
    this.#nowMs += seconds * 1_000
    return this
  }

  /**
   * `match`: undefined before its part runs. `life`: a process that is started again is another one on the same host, with the
   * same pid. `clockMs`: by how much its clock is ahead.
   */
  say(
    match: Partial<MatchStatus> | undefined,
    { life = 1, clockMs = 0, ...differing }: Partial<Status> & { life?: number; clockMs?: number } = {},
  ): this {
    const process = `00000000-0000-4000-8000-${String(life).padStart(12, '0')}`
    const number = (this.#numbers.get(process) ?? -1) + 1
    this.#numbers.set(process, number)
    const part = match && { match: matching(match) }
    const at = new Date(this.#nowMs + clockMs).toISOString()
    this.#fleet.hear(aStatus({ process, number, at, ...part, ...differing }), this.#nowMs)
    return this
  }

  answer(...partitions: readonly PartitionStatus[]): this {
    this.#partitions = partitions
    return this
  }

  sample(store?: StoreFacts): Sample {
    const lag = { group: 'hashwarden', role: 'match', partitions: this.#partitions } as const
    const picture = this.#fleet.picture([lag], this.#nowMs)
    return this.#sampler.sample({ picture, groups: [{ ...lag, seenAtMs: this.#nowMs }], store })
  }
}

const counted = (reportsMatched: number): Pick<MatchStatus, 'counts'> => ({ counts: { reportsMatched } })

const set = (offset: number, topicId = 'a'.repeat(36)): NonNullable<MatchStatus['knownSet']> => ({
  topicId,
  offset,
  entries: offset,
  digest: '00ff00ff00ff00ff',
})

const times = (bounds: number[], counts: number[]): Partial<MatchStatus> => ({
  reportToHit: { bounds, counts },
})

const codes = (notJson: number): Partial<MatchStatus> => ({
  counts: { reportsMatched: 50 * notJson, deadLetters: notJson },
  deadLettersByCode: { 'not-json': notJson, empty: 0 },
})

const of = (number: number, more: Partial<PartitionStatus> = {}): PartitionStatus => ({
  topic: 'reports',
  partition: number,
  ...more,
})

test('the pace of matching is the sum of what each process has counted between two of its statuses', () => {
  const story = new Story().say(counted(100)).say(counted(7_000), { life: 2 })
  expect(story.sample().values.reports).toBeUndefined()
  story.wait(4).say(counted(900)).say(counted(7_400), { life: 2 })
  expect(story.sample().values.reports).toEqual({ matched: 300 })
})

test('a process that is started again begins at 0, and makes neither a fall nor a jump', () => {
  const story = new Story().say(counted(5_000))
  story.sample()
  story.wait(2).say(counted(5_200))
  expect(story.sample().values.reports).toEqual({ matched: 100 })
  story.say(counted(5_300), { state: 'stopping' }).wait(2).say(counted(40), { life: 2 })
  expect(story.sample().values.reports).toBeUndefined()
  story.wait(2).say(counted(240), { life: 2 })
  expect(story.sample().values.reports).toEqual({ matched: 100 })
})

test('a process whose status comes late goes on at its pace, and its events are counted once', () => {
  const story = new Story().say(codes(2))
  story.sample()
  story.wait(2).say(codes(4))
  const { values } = story.sample()
  expect(values['dead-letters']).toEqual({ 'not-json': 2, all: 2 })
  expect(values.reports).toEqual({ matched: 50 })
  const late = story.wait(2).sample().values
  expect(late['dead-letters']).toBeUndefined()
  expect(late.reports).toEqual({ matched: 50 })
  story.wait(2).say(codes(4))
  expect(story.sample().values['dead-letters']).toEqual({ all: 0 })
})

test.each([
  ['set back by nearly the time between two statuses', -1_950],
  ['set back by more than that', -60_000],
  ['set forward by an hour', 3_600_000],
])('a clock of a process that is %s changes no pace', (_, ms) => {
  const story = new Story().say(counted(5_000))
  story.sample()
  story.wait(2).say(counted(5_200), { clockMs: ms })
  expect(story.sample().values.reports).toEqual({ matched: 100 })
})

test('a process that was held up for 12 seconds, and says nothing meanwhile, has the pace of that time', () => {
  const story = new Story().say(counted(5_000))
  story.sample()
  story.wait(12).say(counted(6_200))
  expect(story.sample().values.reports).toEqual({ matched: 100 })
})

test('a process that was cut off from Kafka, and whose status comes late, has the pace of the time that it speaks of', () => {
  const story = new Story().say(counted(5_000))
  story.sample()
  story.wait(30).say(counted(5_200), { clockMs: -28_000 })
  expect(story.sample().values.reports).toEqual({ matched: 100 })
})

describe('of a process that is heard of first when it has counted already', () => {
  const events: Partial<MatchStatus> = {
    ...codes(3),
    ...times([1, 2], [5, 6, 7]),
    counts: { reportsMatched: 500, deadLetters: 3, threadDeaths: 1, canariesMissed: 2 },
  }

  test('what happened until then is counted if it has started since the sample before, and its pace is not guessed', () => {
    const story = new Story()
    story.sample()
    story.wait(5).say(events, { startedAt: new Date(START + 1_000).toISOString() })
    const { values, times: histograms } = story.sample()
    expect(values).toMatchObject({
      'dead-letters': { 'not-json': 3, all: 3 },
      'thread-deaths': { all: 1 },
      'canaries-missed': { all: 2 },
    })
    expect(values.reports).toBeUndefined()
    expect(histograms['report-to-hit']).toEqual({ bounds: [1, 2], counts: [5, 6, 7] })
    expect(story.wait(2).say(events).sample().values['dead-letters']).toEqual({ all: 0 })
  })

  test('nothing is counted if it ran before, or if there is no sample before', () => {
    const startedAt = new Date(START + 1_000).toISOString()
    expect(new Story().wait(5).say(events, { startedAt }).sample().values['dead-letters']).toBeUndefined()
    const story = new Story().wait(5)
    story.sample()
    story.wait(5).say(events, { startedAt })
    expect(story.sample().values['dead-letters']).toBeUndefined()
  })

  test('its age is that by its own clock, however that differs from ours', () => {
    const story = new Story().wait(5)
    story.sample()
    // An hour ahead: it started 4 s before the sample.
    const startedAt = new Date(START + 3_601_000).toISOString()
    story.wait(5).say(events, { startedAt, clockMs: 3_600_000 })
    expect(story.sample().values['dead-letters']).toBeUndefined()
  })

  test('what it counts after a status without its part is counted', () => {
    const story = new Story().say(undefined)
    story.sample()
    story.wait(2).say(events)
    expect(story.sample().values['dead-letters']).toEqual({ 'not-json': 3, all: 3 })
  })
})

test('a process that is silent has no lines any more', () => {
  const story = new Story().say(counted(1))
  story.sample()
  story.wait(2).say(counted(2))
  expect(Object.keys(story.sample().values)).toContain('memory')
  expect(story.wait(60).sample().values).toEqual({})
})

test('what is not known is not in a sample', () => {
  expect(new Story().sample()).toEqual({ values: {}, times: {} })
  const { values } = new Story().answer(of(0, { next: 1, end: 3, lagSeconds: 2 }), of(1)).sample()
  expect(values).toEqual({
    'lag-seconds': { reports: 2 },
    'partition-lag': { 'reports/0': 2 },
  })
})

test('lag is that of all partitions of a topic in records, and of the worst one in seconds', () => {
  const story = new Story().answer(
    of(0, { next: 1, end: 3, lagSeconds: 2 }),
    of(1, { next: 5, end: 105, lagSeconds: 40 }),
  )
  story.sample()
  story
    .wait(5)
    .answer(of(0, { next: 3, end: 53, lagSeconds: 1 }), of(1, { next: 5, end: 105, lagSeconds: 45 }))
  expect(story.sample().values).toEqual({
    reports: { written: 10 },
    'lag-records': { reports: 150 },
    'lag-seconds': { reports: 45 },
    'partition-lag': { 'reports/0': 50, 'reports/1': 100 },
  })
})

test('of very many partitions and processes a sample has the worst ones', () => {
  const story = new Story().answer(...Array.from({ length: 500 }, (_, n) => of(n, { next: 0, end: n })))
  for (let life = 1; life <= 100; life++)
    story.say({}, { life, pid: life, memory: { rssBytes: life, heapUsedBytes: 1, externalBytes: 1 } })
  const { 'partition-lag': lag = {}, memory = {} } = story.sample().values
  expect(Object.keys(lag)).toHaveLength(24)
  expect(lag['reports/499']).toBe(499)
  expect(Object.keys(memory)).toHaveLength(24)
  expect(memory['host-1/100']).toBe(100)
})

test('a known set that is behind, and changes that no look back has covered, are counted in records', () => {
  const story = new Story()
    .say({ knownSet: set(100), retro: { offset: 60, waitingPartitions: 2 } })
    .say({ knownSet: set(90) }, { life: 2, pid: 2 })
  expect(story.sample().values).toMatchObject({
    entries: { 'host-1/1': 100, 'host-1/2': 90 },
    behind: { 'host-1/1': 0, 'host-1/2': 10 },
    'retro-behind': { all: 40 },
    'retro-waiting': { all: 2 },
  })
  story
    .wait(5)
    .say({ knownSet: set(150) })
    .say({ knownSet: set(150) }, { life: 2, pid: 2 })
  expect(story.sample().values.changes).toEqual({ all: 10 })
  // The topic was recreated: its first offsets are no fall.
  story
    .wait(5)
    .say({ knownSet: set(3, 'b'.repeat(36)) })
    .say({ knownSet: set(3, 'b'.repeat(36)) }, { life: 2, pid: 2 })
  expect(story.sample().values.changes).toBeUndefined()
})

test('times to a hit are those of the statuses between, and of other bounds nothing is added up', () => {
  const story = new Story().say(times([1, 2], [5, 6, 7])).say(times([1, 2], [1, 1, 1]), { life: 2 })
  expect(story.sample().times).toEqual({})
  story
    .wait(2)
    .say(times([1, 2], [6, 9, 10]))
    .say(times([1, 2], [1, 1, 2]), { life: 2 })
  expect(story.sample().times['report-to-hit']).toEqual({ bounds: [1, 2], counts: [1, 3, 4] })
  story.wait(2).say(times([1, 3], [6, 9, 10]))
  expect(story.sample().times['report-to-hit']).toBeUndefined()
})

test('queues and the outbox are as the store says', () => {
  const store = { openCases: { all: 3 }, oldestSeconds: { all: 90 }, outboxRecords: 2, outboxSeconds: 1.5 }
  expect(new Story().sample(store).values).toEqual({
    'open-cases': { all: 3 },
    'oldest-case': { all: 90 },
    'outbox-records': { all: 2 },
    'outbox-age': { all: 1.5 },
  })
})
