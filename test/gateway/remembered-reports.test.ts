import { expect, test } from 'vitest'
import { RememberedReports, type ReportPrint } from '../../src/gateway/remembered-reports.ts'

/** Remembered reports, and a way to their prints. */
function remember(capacity: number) {
  const remembered = new RememberedReports(capacity)
  const print = (reportId: string, text = 'content', platform = 'example'): ReportPrint =>
    remembered.printOf(platform, reportId, text)
  return { remembered, print }
}

function write(remembered: RememberedReports, one: ReportPrint): void {
  remembered.begin(one)
  remembered.written(one)
}

test('a report is known by platform and id, and another content under them is told apart', () => {
  const { remembered, print } = remember(100)
  expect(remembered.begin(print('a'))).toBe('new')
  remembered.written(print('a'))
  expect(remembered.begin(print('a'))).toBe('written')
  expect(remembered.begin(print('a', 'other'))).toBe('other content')
  expect(remembered.begin(print('a', 'content', 'other'))).toBe('new')
  expect(remembered.begin(print('b'))).toBe('new')
})

test('two ids are told apart by any of 96 bits', () => {
  const { remembered, print } = remember(100)
  const one = print('a')
  for (const word of [0, 1, 2]) {
    write(remembered, one)
    const other = one.with(word, one[word] ^ 2)
    expect(remembered.begin(other), String(word)).toBe('new')
  }
})

test('a report that is being written is no repeat, and its id is taken', () => {
  const { remembered, print } = remember(100)
  remembered.begin(print('a'))
  expect(remembered.begin(print('a'))).toBe('under way')
  expect(remembered.begin(print('a', 'other'))).toBe('other content')
  remembered.written(print('a'))
  expect(remembered.begin(print('a'))).toBe('written')
})

test('a report of which nothing was sent is new, with another content, too', () => {
  const { remembered, print } = remember(100)
  remembered.begin(print('a'))
  remembered.dropped(print('a'))
  expect(remembered.begin(print('a', 'other'))).toBe('new')
  remembered.written(print('a', 'other'))
  expect(remembered.begin(print('a'))).toBe('other content')
})

test('what one request drops is not forgotten if another has written it', () => {
  const { remembered, print } = remember(100)
  remembered.begin(print('a'))
  remembered.begin(print('a'))
  remembered.dropped(print('a'))
  remembered.written(print('a'))
  expect(remembered.begin(print('a'))).toBe('written')
  remembered.dropped(print('a'))
  expect(remembered.begin(print('a'))).toBe('written')
})

test('the latest reports are remembered, at least as many as asked for and at most twice as many', () => {
  const { remembered, print } = remember(1_000)
  for (let n = 0; n < 10_000; n++) {
    write(remembered, print(`${n}`))
    expect(remembered.size).toBeLessThanOrEqual(2_000)
  }
  // Looking puts in what is new: so the oldest last.
  for (let n = 9_000; n < 10_000; n++) expect(remembered.begin(print(`${n}`)), `${n}`).toBe('written')
  for (let n = 0; n < 7_000; n++) expect(remembered.begin(print(`${n}`)), `${n}`).toBe('new')
})

test('a report whose place was given to others while it was being written is remembered when it is written', () => {
  const { remembered, print } = remember(10)
  remembered.begin(print('slow'))
  for (let n = 0; n < 100; n++) write(remembered, print(`${n}`))
  remembered.written(print('slow'))
  expect(remembered.begin(print('slow'))).toBe('written')
})

test('a report that is remembered again takes no more room', () => {
  const { remembered, print } = remember(10)
  for (let n = 0; n < 100; n++) write(remembered, print('a'))
  expect(remembered.size).toBe(1)
})

test('the table tells reports apart as a plain map does, whatever happens to them', () => {
  const { remembered, print } = remember(1_000)
  const plain = new Map<string, { text: string; isWritten: boolean }>()
  for (let n = 0; n < 20_000; n++) {
    const id = `${(n * 7919) % 300}`
    const text = `content ${(n * 31) % 2}`
    const known = plain.get(id)
    const expected =
      known === undefined
        ? 'new'
        : known.text !== text
          ? 'other content'
          : known.isWritten
            ? 'written'
            : 'under way'
    const one = print(id, text)
    expect(remembered.begin(one), `step ${n}`).toBe(expected)
    if (known === undefined) plain.set(id, { text, isWritten: false })
    if (n % 3 === 0 && expected !== 'other content') {
      remembered.written(one)
      plain.set(id, { text, isWritten: true })
    } else if (n % 3 === 1 && expected !== 'other content') {
      remembered.dropped(one)
      if (plain.get(id)?.isWritten !== true) plain.delete(id)
    }
  }
})
