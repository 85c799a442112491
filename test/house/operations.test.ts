// The operator's page names parts of readiness, lines of the log, metrics and alerts. Each must exist, and no part is left out.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')
const PAGE = read('deploy/operations.md')
const SOURCES = globSync('src/{cli,stream,kafka,lists,settings,telemetry,gateway}/**/*.ts', { cwd: ROOT })
  .map(read)
  .join('\n')
const PARTS = [...read('src/telemetry/health-parts.ts').matchAll(/_PART = '([\w-]+)'/g)].map(
  ([, part]) => part,
)

const matchesIn = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([all, inner]) => inner ?? all)),
]

test('the table of readiness has each part, and no other', () => {
  const table = PAGE.slice(PAGE.indexOf('## Readiness'), PAGE.indexOf('## What can happen'))
  const rows = matchesIn(table, /^\| `([\w-]+)` +\|/gm)
  expect(rows.toSorted()).toEqual(PARTS.toSorted())
})

test('every line of the log that the page quotes is written by the code', () => {
  const quoted = matchesIn(PAGE, /"([A-Z][^"]*)"/g).flatMap((line) =>
    line.split('…').map((part) => part.trim()),
  )
  expect(quoted.length).toBeGreaterThan(15)
  expect(quoted.filter((part) => !SOURCES.includes(part.replace('4.8 s', '')))).toEqual([])
})

test('what sharing takes in memory is as measured', () => {
  const { sets } = JSON.parse(read('bench/results/lists-serve.json'))
  const page = read('deploy/sharing.md').replaceAll(/\s+/g, ' ')
  const [million, tenMillion] = sets.map(({ peakMiB }: { peakMiB: number }) => peakMiB)
  expect(page).toContain(`a million hashes take ${million} MiB, ten million ${tenMillion} MiB`)
})

test('every metric and alert of the page exists', () => {
  const rules = read('deploy/prometheus/hashwarden.rules.yaml')
  const metrics = read('deploy/prometheus/README.md')
  const unknown = [
    ...matchesIn(PAGE, /\bHashwarden[A-Z]\w+/g).filter((name) => !rules.includes(`alert: ${name}\n`)),
    ...matchesIn(PAGE, /`(hashwarden_\w+)`/g).filter((name) => !metrics.includes(`| \`${name}\` |`)),
  ]
  expect(unknown).toEqual([])
})
