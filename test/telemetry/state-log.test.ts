import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pino } from 'pino'
import { StateLog } from '../../src/telemetry/state-log.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly count: number
  readonly reason?: string
  readonly times: number
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function logged(quietMs?: number): { readonly state: StateLog; readonly lines: Line[] } {
  const lines: Line[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const texts = { begins: 'Partitions stand still', ends: 'All partitions go on' }
  const state = new StateLog({ logger, level: 'error', ...texts, ...(quietMs && { quietMs }) })
  return { state, lines }
}

const named = (count: number): ReadonlyMap<string, string> =>
  new Map(Array.from({ length: count }, (_, n) => [`reports/${n}`, 'refused']))

test('a thousand partitions in one state make two lines, with a count, five names and their reason', async () => {
  const { state, lines } = logged()
  for (let times = 0; times < 50; times++) state.set(named(1_000))
  state.set(new Map())
  await vi.advanceTimersByTimeAsync(60_000)
  expect(lines.map(({ msg, count }) => [msg, count])).toEqual([
    ['Partitions stand still', 1_000],
    ['All partitions go on', 1_000],
  ])
  expect(lines[0].reason).toBe('reports/0, reports/1, reports/2, reports/3, reports/4: refused; and 995 more')
})

test('partitions that enter one by one are logged again only when there are ten times as many', () => {
  const { state, lines } = logged()
  for (let n = 0; n < 1_000; n++) state.enter(`reports/${n}`, 'refused')
  expect(lines.map(({ count }) => count)).toEqual([1, 10, 100, 1_000])
})

test('a state that flaps is one state: it is over when nothing has been in it for five seconds', async () => {
  const { state, lines } = logged()
  for (let times = 0; times < 100; times++) {
    state.enter('reports/0', 'refused')
    await vi.advanceTimersByTimeAsync(100)
    state.leave('reports/0')
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(lines.length).toBe(1)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(lines.map(({ msg, times }) => [msg, times])).toEqual([
    ['Partitions stand still', 1],
    ['All partitions go on', 100],
  ])
  state.enter('reports/0', 'refused again')
  expect(lines.at(-1)?.reason).toBe('reports/0: refused again')
})

test('events that keep coming are one state, which ends with their number once none has come for a while', async () => {
  const { state, lines } = logged(60_000)
  for (let times = 0; times < 100; times++) {
    state.note('reports/0', 'not-json', 3)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(lines.length).toBe(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(lines.map(({ times }) => times)).toEqual([3, 300])
})

test('the line of a broker that is gone says why in its field `reason`', () => {
  const { state, lines } = logged()
  state.enter('Kafka', 'no broker can be reached at localhost:9092: is one running there?')
  expect(lines.map(({ reason }) => reason)).toEqual([
    'Kafka: no broker can be reached at localhost:9092: is one running there?',
  ])
})

test('members with different reasons are told apart, each reason once', () => {
  const { state, lines } = logged()
  const whys = ['refused', 'too large', 'refused']
  state.set(new Map(whys.map((why, n) => [`reports/${n}`, why])))
  expect(lines[0].reason).toBe('reports/0, reports/2: refused; reports/1: too large')
})
