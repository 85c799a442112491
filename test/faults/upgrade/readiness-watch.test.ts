import { expect, test } from 'vitest'
import { problemsOf, type Answer } from './readiness-watch.ts'

const MATCHER = { name: 'a matcher', knownEnd: 100 }

/** An answer a second, of a matcher that has read the list and matches a report a second, but for what differs. */
const answers = (count: number, differing: (second: number) => Partial<Answer>): readonly Answer[] =>
  Array.from({ length: count }, (_, second) => ({
    atMs: second * 1_000,
    isReady: true,
    work: second,
    knownOffset: 100,
    ...differing(second),
  }))

const judged = (differing: (second: number) => Partial<Answer>, signalledMs = Infinity): readonly string[] =>
  problemsOf({ process: MATCHER, answers: answers(40, differing), signalledMs })

test('a matcher that becomes ready, matches, and says that it ends keeps its word', () => {
  expect(judged((second) => ({ isReady: second > 3 && second < 30 }), 29_500)).toEqual([])
})

test('one that was ready before it had read the list is found', () => {
  expect(judged((second) => ({ knownOffset: 95 + second }))).toEqual([
    'a matcher was ready before it had read the list',
  ])
})

test('one that says for 12 seconds that it is ready, and matches nothing, is found', () => {
  expect(judged((second) => ({ work: Math.min(second, 20) }))).toEqual([
    'a matcher said for 12 s that it was ready, and did nothing',
  ])
})

test('one that matches nothing, and says meanwhile that it is not ready, keeps its word', () => {
  expect(judged((second) => ({ work: Math.min(second, 20), isReady: second < 26 }))).toEqual([])
})

test('one that says that it is ready after its SIGTERM is found', () => {
  expect(judged(() => ({}), 36_000)).toEqual(['a matcher said 3 times that it was ready after its SIGTERM'])
})
