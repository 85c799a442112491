// Renders bench/results into the README, between its two marks: figures are never typed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Machine } from './machine.ts'

const README = new URL('../README.md', import.meta.url)
const START = '<!-- bench -->'
const END = '<!-- /bench -->'

type Cell = string | number

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const on = ({ cpu, cores, node, date }: Machine): string => `${cpu}, ${cores} cores, Node ${node}, ${date}`

/** A result, if that benchmark has been run; the benchmark that wrote it has the type that its reader here names. */
function read(name: string): unknown {
  const file = new URL(`results/${name}.json`, import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function pipeline(): string {
  type Row = {
    knownHashes: number
    passThroughPerSecond: number
    matcherPerSecond: number
    ratio: number
    addedKnownHashMatchesAfterMs?: { p50: number; greatest: number }
  }
  // Written by bench/pipeline/matcher.ts.
  const result = read('pipeline') as { machine: Machine; what: string; results: Row[] } | undefined
  if (!result) return ''
  const rows = result.results.filter(({ knownHashes }) => knownHashes > 0)
  const visible = result.results.find(
    ({ addedKnownHashMatchesAfterMs: ms }) => ms,
  )?.addedKnownHashMatchesAfterMs
  const figures = rows.map((row) =>
    [row.knownHashes, row.passThroughPerSecond, row.matcherPerSecond]
      .map((figure): Cell => figure.toLocaleString('en'))
      .concat(`${row.ratio} ×`),
  )
  const head = ['known hashes', 'kafkajs, parse only: reports/s', 'whole matcher: reports/s', 'ratio']
  const soon = visible
    ? `\n\nAn added known hash made its first hit after ${visible.p50} ms (median; at most ${visible.greatest} ms).`
    : ''
  return `**The whole matcher against bare consumption.** ${result.what}.\n\n${table(head, figures)}${soon}\n\n(${on(result.machine)})`
}

function memory(): string {
  // Written by bench/pipeline/memory.ts.
  const result = read('memory') as
    { machine: Machine; what: string; meanMiBByMinute: number[]; lastToSecondMinute: number } | undefined
  if (!result) return ''
  const head = result.meanMiBByMinute.map((_, minute) => `minute ${minute + 1}`)
  return `**Memory.** ${result.what}.\n\n${table([...head, 'last / second'], [[...result.meanMiBByMinute, result.lastToSecondMinute]])}\n\n(${on(result.machine)})`
}

function radius(): string {
  type Row = { radius: number; flatMicros: number; bkTreeMicros: number; bkTreeVisited: number }
  // Written by bench/search/radius.ts.
  const result = read('search-radius') as
    { machine: Machine; known: number; batch: number; rows: Row[] } | undefined
  if (!result) return ''
  const head = [
    'radius in bits',
    'flat scan: µs a query',
    'BK-tree: µs a query',
    'of its nodes the BK-tree visits',
  ]
  const rows = result.rows.map(({ radius: bits, flatMicros, bkTreeMicros, bkTreeVisited }): Cell[] => [
    bits,
    flatMicros,
    bkTreeMicros,
    `${Number((bkTreeVisited * 100).toPrecision(3))} %`,
  ])
  const what = `**Flat scan against BK-tree by radius.** ${result.known.toLocaleString('en')} random balanced hashes, batches of ${result.batch}, half of the queries planted, recall checked. A BK-tree is for small radii.`
  return `${what}\n\n${table(head, rows)}\n\n(${on(result.machine)})`
}

/** The README with its measured part rendered from bench/results. */
export function renderReadme(): string {
  const readme = readFileSync(README, 'utf8')
  const measured = [pipeline(), memory(), radius()].filter((part) => part !== '').join('\n\n')
  const [before, rest] = readme.split(START)
  const [, after] = rest.split(END)
  return `${before}${START}\n\n${measured}\n\n${END}${after}`
}

if (import.meta.main) writeFileSync(README, renderReadme())
