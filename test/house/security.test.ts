// The threat model names the tests that show what it says: each must exist, under the title by which it is named.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rightsOf, type RightsHolder } from '../../src/stream/topics/rights.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { MAY_SAY } from '../secrecy/said.ts'

const PAGE = new URL('../../deploy/security.md', import.meta.url)
const text = readFileSync(PAGE, 'utf8')
const threats = text.slice(text.indexOf('## Threats'), text.indexOf('## Keys')).split('\n### ').slice(1)

test('every test that the threat model names exists', () => {
  const named = [...text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)]
  expect(named.length).toBeGreaterThan(15)
  for (const [, title = '', file = ''] of named) {
    const path = new URL(file, PAGE)
    expect(existsSync(path), file).toBe(true)
    expect(readFileSync(path, 'utf8'), file).toContain(`'${title}'`)
  }
})

test('every threat says which test shows how it is stopped, and what remains', () => {
  expect(threats.map((threat) => threat.split('\n')[0]).length).toBe(13)
  for (const threat of threats) {
    expect(threat).toMatch(/^- Shown by: \[/m)
    expect(threat).toMatch(/^- Remains: /m)
  }
})

test('the pages for operators name every process that may change known hashes', () => {
  const settings = loadSettings(undefined, {})
  const holders: readonly RightsHolder[] = ['match', 'review', 'sync', 'serve', 'top', 'platform']
  const writers = holders.filter((holder) =>
    rightsOf(holder, settings).some(
      ({ name, operations }) => name === settings.topics.knownHashes && operations.includes('Write'),
    ),
  )
  const lists = readFileSync(new URL('../../deploy/lists.md', import.meta.url), 'utf8')
  const [, named = ''] =
    /may write `known-hashes` can change every list\. Only ([^:]+) need it/.exec(lists) ?? []
  expect([...named.matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted()).toEqual(writers.toSorted())
  const names: Partial<Record<RightsHolder, string>> = {
    review: 'the review service',
    sync: 'the daemon of lists (`sync`)',
  }
  for (const writer of writers) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${names[writer]} `)) ?? ''
    expect(row.split('|')[2], writer).toContain('writing entries')
  }
})

test('the page names every field that may say a value', () => {
  for (const field of Object.values(MAY_SAY).flat()) expect(text).toContain(`\`${field}\``)
})

test('files that the page links to are there', () => {
  for (const [, file = ''] of text.matchAll(/\]\(([^)#]+\.md)(?:#[\w-]+)?\)/g))
    expect(existsSync(new URL(file, PAGE)), file).toBe(true)
})

test('the cost of the permission model is as measured', () => {
  const results = new URL('../../bench/results/permission.json', import.meta.url)
  const { processorTime, wallTime, pairs } = JSON.parse(readFileSync(results, 'utf8'))
  const range = (figure: string): string => {
    const ratios = pairs.map((pair: Record<string, number>) => pair[figure])
    return `${Math.min(...ratios)} to ${Math.max(...ratios)}`
  }
  const said = text.replaceAll(/\s+/g, ' ')
  expect(said).toContain(
    `${processorTime} times the processor time and ${wallTime} times the wall time, the medians of ${pairs.length} pairs`,
  )
  expect(said).toContain(
    `from ${range('processorTime')} times the processor time and from ${range('wallTime')} times the wall time`,
  )
})
