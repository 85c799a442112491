import { expect, test } from 'vitest'
import { printOf, RememberedReports } from '../../src/gateway/remembered-reports.ts'

test('a report is known by platform and id, and another content under them is told apart', () => {
  const remembered = new RememberedReports(100)
  remembered.remember(printOf('example', 'a', 'content'))
  expect(remembered.look(printOf('example', 'a', 'content'))).toBe('same')
  expect(remembered.look(printOf('example', 'a', 'other'))).toBe('other content')
  expect(remembered.look(printOf('other', 'a', 'content'))).toBe('new')
  expect(remembered.look(printOf('example', 'b', 'content'))).toBe('new')
})

test('the latest reports are remembered, at least as many as asked for and at most twice as many', () => {
  const remembered = new RememberedReports(1_000)
  for (let n = 0; n < 10_000; n++) {
    remembered.remember(printOf('example', `${n}`, 'content'))
    expect(remembered.size).toBeLessThanOrEqual(2_000)
  }
  for (let n = 9_000; n < 10_000; n++)
    expect(remembered.look(printOf('example', `${n}`, 'content')), `${n}`).toBe('same')
  for (let n = 0; n < 7_000; n++)
    expect(remembered.look(printOf('example', `${n}`, 'content')), `${n}`).toBe('new')
})

test('a report that is remembered again takes no more room', () => {
  const remembered = new RememberedReports(10)
  for (let n = 0; n < 100; n++) remembered.remember(printOf('example', 'a', 'content'))
  expect(remembered.size).toBe(1)
})

test('with no room nothing is remembered', () => {
  const remembered = new RememberedReports(0)
  remembered.remember(printOf('example', 'a', 'content'))
  expect(remembered.look(printOf('example', 'a', 'content'))).toBe('new')
  expect(remembered.size).toBe(0)
})
