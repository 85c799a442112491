// Renders bench/results into the README, between its two marks: figures are never typed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const README = new URL('../README.md', import.meta.url)
const START = '<!-- bench -->'
const END = '<!-- /bench -->'

interface Machine {
  readonly processor: string
  readonly cores: number
  readonly node: string
  readonly date: string
}

type Cell = string | number

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const on = ({ processor, cores, node, date }: Machine): string =>
  `${processor}, ${cores} cores, Node ${node}, ${date}`

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

/** The README with its measured part rendered from bench/results. */
export function renderReadme(): string {
  const readme = readFileSync(README, 'utf8')
  const measured = [pipeline(), memory()].filter((part) => part !== '').join('\n\n')
  const [before, rest] = readme.split(START)
  const [, after] = rest.split(END)
  return `${before}${START}\n\n${measured}\n\n${END}${after}`
}

if (import.meta.main) writeFileSync(README, renderReadme())
