import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { FleetPicture, type FleetPicture as Picture } from '../../../src/contract/fleet.ts'
import type { MatchStatus, PartitionStatus, Status } from '../../../src/contract/status.ts'
import { Fleet, type GroupPartitions } from '../../../src/stream/status/fleet.ts'
import { aStatus, matching, reviewing } from '../../fixtures/statuses.ts'

const START = Date.parse('2026-01-02T03:04:05.000Z')
const SECOND = 1_000
const picture = Compile(FleetPicture)

const partition = (number: number, more: Partial<PartitionStatus> = {}): PartitionStatus => ({
  topic: 'reports',
  partition: number,
  next: 10,
  end: 10,
  lagSeconds: 0,
  ...more,
})

const reports = (...partitions: PartitionStatus[]): GroupPartitions => ({
  group: 'hashwarden',
  role: 'match',
  partitions,
})

/** A fleet, and processes that say something of themselves every two seconds while time passes. */
class Story {
  readonly #fleet = new Fleet()
  readonly #number = new Map<number, number>()
  nowMs = START

  /** A matcher says this. */
  say(pid: number, match: Partial<MatchStatus> = {}, differing: Partial<Status> = {}): this {
    return this.hear(pid, { match: matching(match), ...differing })
  }

  hear(pid: number, differing: Partial<Status>): this {
    const number = (this.#number.get(pid) ?? -1) + 1
    this.#number.set(pid, number)
    this.#fleet.hear(aStatus({ pid, number, ...differing }), this.nowMs)
    return this
  }

  /** Two seconds at a time, in each of which this is said. */
  pass(seconds: number, saying: () => void = () => {}): this {
    for (let left = seconds; left > 0; left -= 2) {
      this.nowMs += 2 * SECOND
      saying()
    }
    return this
  }

  look(...groups: GroupPartitions[]): Picture {
    const seen = this.#fleet.picture(groups, this.nowMs)
    // Whatever is seen is what the contract says.
    expect(picture.Errors(seen)).toEqual([])
    return seen
  }

  problems(...groups: GroupPartitions[]): readonly string[] {
    return this.look(...groups).problems.map(({ severity, text }) => `${severity}: ${text}`)
  }
}

const OWNED = { partitions: [{ topic: 'reports', partition: 0 }] }

test('where every matcher is well and every partition owned, nothing is wrong', () => {
  const story = new Story().say(1, { partitions: [partition(0)] }).say(2, { partitions: [partition(1)] })
  const seen = story.look(reports(partition(0), partition(1)))
  expect(seen.problems).toEqual([])
  expect(seen.partitions.map(({ owners }) => owners.length)).toEqual([1, 1])
  expect(seen.totals).toMatchObject({ lagRecords: 0, lagSeconds: 0 })
})

test('what nobody has said is absent, and not 0', () => {
  const { totals } = new Story().say(1).look({ ...reports(), partitions: undefined })
  expect(totals).toEqual({})
  const [{ lagSeconds, end }] = new Story()
    .say(1, OWNED)
    .look({ ...reports(), partitions: undefined }).partitions
  expect([lagSeconds, end]).toEqual([undefined, undefined])
})

test('a deployment without a running matcher says that first', () => {
  expect(new Story().problems(reports(partition(0)))).toEqual([
    expect.stringMatching(/^urgent: No running matcher has been heard of/),
  ])
})

test('a process that says nothing for more than ten seconds is silent, by name, and owns nothing any more', () => {
  const story = new Story().say(1, OWNED).say(2)
  story.pass(10, () => story.say(2))
  expect(story.problems(reports(partition(0)))).toEqual([])
  story.pass(2, () => story.say(2))
  expect(story.problems(reports(partition(0)))).toEqual([
    'urgent: Partition 0 of reports is owned by no process for 12 s.',
    'urgent: Match on host-1 (pid 1) has said nothing for 12 s: it is gone, frozen, or cut off from Kafka.',
  ])
  expect(story.look().processes.map(({ state }) => state)).toEqual(['silent', 'running'])
  // It was only frozen.
  story.say(1, OWNED)
  expect(story.problems(reports(partition(0)))).toEqual([])
})

test('a silent process is forgotten after ten minutes', () => {
  const story = new Story().say(1).say(2)
  story.pass(602, () => story.say(2))
  expect(story.look().processes.map(({ status }) => status.pid)).toEqual([2])
})

test('what is never looked at forgets as well: it does not grow with every process that ever spoke', () => {
  const fleet = new Fleet()
  for (let day = 0; day < 3; day++)
    fleet.hear(aStatus({ pid: day, number: 0, match: matching() }), START + day * 86_400 * SECOND)
  // A look at an earlier time would still show those that are kept.
  expect(fleet.picture([], START).processes.map(({ status }) => status.pid)).toEqual([2])
})

test('a process that was asked to stop is no problem, and is forgotten', () => {
  const story = new Story().say(1, OWNED).say(2)
  story.say(1, OWNED, { state: 'stopping' })
  // A record that was on its way when the last one was written comes after it.
  expect(story.problems()).toEqual(['note: Match on host-1 (pid 1) was asked to stop, and stops.'])
  story.pass(4, () => story.say(2, OWNED))
  expect(story.problems(reports(partition(0)))).toEqual([
    'note: Match on host-1 (pid 1) was asked to stop, and stops.',
  ])
  story.pass(8, () => story.say(2, OWNED))
  expect(story.problems(reports(partition(0)))).toEqual([])
  expect(story.look().processes.length).toBe(1)
})

test('a record that comes after a later one of its process changes nothing', () => {
  const fleet = new Fleet()
  fleet.hear(aStatus({ number: 5, state: 'stopping' }), START)
  fleet.hear(aStatus({ number: 4 }), START)
  expect(fleet.picture([], START).processes.map(({ state }) => state)).toEqual(['stopping'])
})

test('a rebalance of some seconds is no problem, and partitions that keep being unowned are named together', () => {
  const both = { partitions: [partition(0), partition(3)] }
  const story = new Story().say(1, both)
  story.pass(6, () => story.say(1))
  expect(story.problems(reports(partition(0), partition(3)))).toEqual([])
  story.pass(2, () => story.say(1))
  expect(story.problems(reports(partition(0), partition(3)))).toEqual([
    'urgent: Partitions 0, 3 of reports are owned by no process, the longest for 8 s.',
  ])
})

test('a partition that two processes claim is a note', () => {
  const story = new Story().say(1, OWNED).say(2, OWNED)
  expect(story.problems(reports(partition(0)))).toEqual([
    'note: Partition 0 of reports is claimed by match on host-1 (pid 1), match on host-1 (pid 2): harmless while the group rebalances.',
  ])
})

test('a policy that differs is named with its processes, the rarest first, within one group', () => {
  const story = new Story()
    .say(1)
    .say(2)
    .say(3, { policy: 'ffffffffffffffff' })
    .say(4, { group: 'another', policy: 'eeeeeeeeeeeeeeee' })
  expect(story.problems()).toEqual([
    'urgent: Policies differ in the group hashwarden, so the same report may make a hit or none: ffffffffffffffff on host-1 (pid 3, started 4 min ago); a1b2c3d4e5f60718 on host-1 (pid 1, started 4 min ago), host-1 (pid 2, started 4 min ago).',
  ])
})

const set = (
  offset: number,
  digest = '00ff00ff00ff00ff',
  topicId?: string,
): NonNullable<MatchStatus['knownSet']> => ({
  offset,
  digest,
  entries: 5,
  ...(topicId === undefined ? {} : { topicId }),
})

test('sets that differ at one offset, or are of different topics, are problems; at different offsets they must differ', () => {
  expect(
    new Story()
      .say(1, { knownSet: set(5) })
      .say(2, { knownSet: set(6, 'aaaaaaaaaaaaaaaa') })
      .problems(),
  ).toEqual([])
  expect(
    new Story()
      .say(1, { knownSet: set(5) })
      .say(2, { knownSet: set(5, 'aaaaaaaaaaaaaaaa') })
      .problems(),
  ).toEqual([expect.stringMatching(/^urgent: Known sets differ at the same offset 5/)])
  const [one, other] = ['1', '2'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`)
  expect(
    new Story()
      .say(1, { knownSet: set(5, undefined, one) })
      .say(2, { knownSet: set(9, undefined, other) })
      .problems(),
  ).toEqual([expect.stringMatching(/^urgent: Known sets are of different topics/)])
})

test('a set that lacks changes for ten seconds is behind, though they go on', () => {
  const story = new Story().say(1, { knownSet: set(5) }).say(2, { knownSet: set(5) })
  let offset = 5
  story.pass(10, () => story.say(1, { knownSet: set(5) }).say(2, { knownSet: set(++offset) }))
  expect(story.problems()).toEqual([])
  story.pass(4, () => story.say(1, { knownSet: set(5) }).say(2, { knownSet: set(++offset) }))
  expect(story.problems()).toEqual([
    'urgent: The known set of match on host-1 (pid 1) is at offset 5, 7 behind the newest; another process went past it 12 s ago.',
  ])
  // One that follows a list that changes all the time is never behind for long.
  const moving = new Story()
  let at = 0
  moving.pass(60, () => moving.say(1, { knownSet: set(++at) }).say(2, { knownSet: set(at + 1) }))
  expect(moving.problems()).toEqual([])
})

test.each([
  [9, []],
  [
    11,
    [
      'warning: The oldest report that is not matched yet has waited for 11 s; 1,000 wait in partition 1 of reports.',
    ],
  ],
  [
    90,
    [
      'urgent: The oldest report that is not matched yet has waited for 90 s; 1,000 wait in partition 1 of reports.',
    ],
  ],
])('reports that wait for %i s', (lagSeconds, problems) => {
  const lagging = [partition(0, { end: 15, lagSeconds: 1 }), partition(1, { end: 1_010, lagSeconds })]
  expect(new Story().say(1, { partitions: lagging }).problems(reports(...lagging))).toEqual(problems)
})

test('where all partitions are late, none is singled out', () => {
  const late = [0, 1].map((number) => partition(number, { end: 15, lagSeconds: 20 + number }))
  expect(new Story().say(1, { partitions: late }).problems(reports(...late))).toEqual([
    'warning: The oldest report that is not matched yet has waited for 21 s; 10 wait in all 2 partitions of reports.',
  ])
})

test('while the brokers do not answer, owners’ own words about their partitions do, and that is said', () => {
  const story = new Story().say(1, { partitions: [partition(0, { end: 12, lagSeconds: 2 })] })
  const seen = story.look({ ...reports(), partitions: undefined })
  expect(seen.totals).toMatchObject({ lagRecords: 2, lagSeconds: 2 })
  expect(seen.problems).toMatchObject([{ code: 'broker-unknown', severity: 'warning' }])
})

test('a process that is not ready says why, and one that had an error which', () => {
  const story = new Story().say(
    1,
    {},
    {
      ready: false,
      waitingFor: [
        { code: 'kafka', thread: 2, why: 'LogUnreachableError: the log says more' },
        { code: 'known-set', why: 'reading known-hashes: at 5 of 9' },
      ],
      lastError: { error: 'LogUnreachableError (ECONNREFUSED)', at: '2026-01-02T03:04:03.000Z' },
    },
  )
  expect(story.problems()).toEqual([
    'warning: Match on host-1 (pid 1) is not ready: thread 2: kafka: LogUnreachableError: the log says more; known-set: reading known-hashes: at 5 of 9.',
    'note: Match on host-1 (pid 1) had an error 2 s ago: LogUnreachableError (ECONNREFUSED).',
  ])
})

test('hits that can’t be published are one urgent problem, said once for all matchers, and not as unreadiness', () => {
  const waitingFor = [
    { code: 'publishing', thread: 1, why: 'hits: 3 records of 1 partitions wait. Topic hits refuses them.' },
  ]
  const story = new Story().say(1, {}, { ready: false, waitingFor })
  const more = [...waitingFor, { code: 'canaries', why: 'none was found.' }]
  story.say(2, {}, { ready: false, waitingFor: more })
  expect(story.problems()).toEqual([
    'urgent: Hits or dead letters can’t be published by match on host-1 (pid 1), match on host-1 (pid 2): hits: 3 records of 1 partitions wait. Topic hits refuses them.',
    'warning: Match on host-1 (pid 2) is not ready: canaries: none was found.',
  ])
})

test('partitions of hits count once a review service is there, and its late intake and outbox are problems', () => {
  const hits: GroupPartitions = {
    group: 'hashwarden-review',
    role: 'review',
    partitions: [partition(0, { topic: 'hits', end: 30, lagSeconds: 40 })],
  }
  const story = new Story().say(1)
  expect(story.look(hits).partitions).toEqual([])
  const review = reviewing({
    partitions: [{ topic: 'hits', partition: 0 }],
    outboxSeconds: 100,
    outboxRecords: 4,
  })
  story.hear(9, { role: 'review', review })
  expect(story.problems(hits)).toEqual([
    'warning: The oldest hit that is no case yet has waited for 40 s; 20 wait in partition 0 of hits.',
    'warning: Decisions wait for their topic, the oldest for 100 s; 4 wait.',
  ])
  expect(story.look(hits).totals.lagRecords).toBeUndefined()
})

test('rates and counts of all running matchers are added up', () => {
  const one = { perSecond: { reportsRead: 10, hits: 1 }, canaryAgeSeconds: 3 }
  const story = new Story().say(1, one).say(2, { ...one, canaryAgeSeconds: 8 })
  expect(story.look().totals).toMatchObject({
    reportsReadPerSecond: 20,
    hitsPerSecond: 2,
    canaryAgeSeconds: 8,
  })
})

test('versions that differ are a note: an upgrade is on its way', () => {
  const story = new Story().say(1).say(2, {}, { version: '0.2.0' })
  expect(story.problems()).toEqual([
    'note: Versions differ: 0.1.0 on host-1 (pid 1); 0.2.0 on host-1 (pid 2).',
  ])
})
