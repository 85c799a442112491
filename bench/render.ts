// Renders bench/results into the README (between its two marks), tables and charts: figures are never typed.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Machine } from './machine.ts'
import { exampleHit } from './render/example-hit.ts'
import { churnTable } from './render/churn.ts'
import { faultRuns } from './render/faults.ts'
import { allFigures } from './render/figures.ts'
import { pipelineCharts } from './render/pipeline-charts.ts'
import { pipelineResults } from './render/pipeline-rows.ts'
import { pipelineSummary, pipelineTables } from './render/pipeline-tables.ts'
import { searchCharts } from './render/search-charts.ts'
import { searchResults } from './render/search-rows.ts'
import { againstPeers, allTables } from './render/search-tables.ts'
import { probingTables } from './render/probing.ts'
import { on, readResult, table } from './render/table.ts'

const ROOT = new URL('../', import.meta.url)
const START = '<!-- bench -->'
const END = '<!-- /bench -->'
const HIT_START = '<!-- hit: generated from the two messages above -->'
const HIT_END = '<!-- /hit -->'

function pipeline(): string {
  const result = pipelineResults()
  return result ? pipelineSummary(result) : ''
}

function memory(): string {
  // Written by bench/pipeline/memory.ts.
  const result = readResult('memory') as
    { machine: Machine; what: string; meanMiBByMinute: number[]; lastToSecondMinute: number } | undefined
  if (!result) return ''
  const head = result.meanMiBByMinute.map((_, minute) => `minute ${minute + 1}`)
  return `**Memory.** ${result.what}.\n\n${table([...head, 'last / second'], [[...result.meanMiBByMinute, result.lastToSecondMinute]])}\n\n(${on(result.machine)})`
}

function search(): string {
  const results = searchResults()
  if (!results) return ''
  return `${againstPeers(results)}

![What a query costs against the number of known hashes](bench/results/search-cost.svg)

A BK-tree is for small radii: at 31 bits a query visits nearly all of it.

![How much of a BK-tree a query visits, by radius](bench/results/bk-tree-visits.svg)

By batch, by set (adversarial ones too), by orientations and by radius: [bench/results](bench/results/README.md).`
}

/** How the figures of a judged run go together. */
const HIT_RECORDS =
  'There are more records of hits than reports that must hit, because a report that is read twice is published twice under one id, and because a report near to a hash that was removed meanwhile may have a hit and need not; a dead letter is of a record that is no report, and those are not among the reports.'
const STORED =
  'The store has one hit for each id, and the run fails unless its ids are exactly those of the topic: the reports that must hit, and of the others those that may.'

/** The text with what stands between two marks replaced. */
function between(text: string, start: string, end: string, content: string): string {
  const [before, rest] = text.split(start)
  const [, after] = rest.split(end)
  return `${before}${start}\n\n${content}\n\n${end}${after}`
}

/** The README with its measured part rendered from bench/results, and its hit made by the matcher. */
async function readme(): Promise<string> {
  const measured = [search(), pipeline(), memory()].filter((part) => part !== '').join('\n\n')
  const text = readFileSync(new URL('README.md', ROOT), 'utf8')
  const hit = `\`\`\`json\n${JSON.stringify(await exampleHit(text), null, 2)}\n\`\`\``
  return between(between(text, START, END, measured), HIT_START, HIT_END, hit)
}

/** bench/results/README.md: what the README has no room for. */
function everything(): string {
  const results = searchResults()
  const pipelined = pipelineResults()
  const parts = [
    `# What the benchmarks measured

Rendered from the files beside this one by \`npm run bench:render\`; \`npm run bench\` measures anew.`,
    results ? allTables(results) : '',
    pipelined ? pipelineTables(pipelined) : '',
    allFigures('dynamic', 'A set that changes while it is searched'),
    allFigures('known-set', 'The packed known set'),
    allFigures('snapshot', 'Its snapshot'),
    allFigures('search-exact', 'Equality of cryptographic hashes'),
    allFigures('search-cache', 'Answers kept for values that repeat'),
    allFigures('simulation', 'Simulated journeys'),
    churnTable(),
    faultRuns(),
    allFigures('soak', 'A soak by clients that are not ours'),
    allFigures('fleet', 'Three matchers at 70 %: one killed, one frozen, one added', HIT_RECORDS),
    allFigures('upgrade', 'A rolling upgrade, and the way back', `${HIT_RECORDS} ${STORED}`),
    allFigures('review', 'Reviewers at work'),
    allFigures('review-intake', 'Hits taken into the review store'),
    allFigures('review-size', 'The size of the review store'),
    allFigures('lists-vics', 'A VICS list, read'),
    allFigures('lists-serve', 'Known hashes that are shared, in memory'),
    allFigures('record-sizes', 'The size of records'),
    allFigures('lists', 'Import of lists'),
    allFigures('review-kills', 'The review service and its PostgreSQL, killed'),
    allFigures('sync-kills', 'The daemon that keeps lists up to date, killed'),
    allFigures('gateway', 'Reports by HTTPS'),
    allFigures('gateway-timing', 'Does an answer’s time tell whether a hash is known?'),
    probingTables(),
    allFigures('gateway-kills', 'The gateway and the broker, killed'),
    allFigures('gateway-abuse', 'Wrong requests to the gateway'),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Every file that is rendered from bench/results: its text by its path in the repository. */
export async function renderAll(): Promise<Map<string, string>> {
  const files = new Map([
    ['README.md', await readme()],
    ['bench/results/README.md', everything()],
  ])
  const results = searchResults()
  const pipelined = pipelineResults()
  const charts = [
    ...(results ? await searchCharts(results) : []),
    ...(pipelined ? await pipelineCharts(pipelined) : []),
  ]
  for (const [name, svg] of charts) files.set(`bench/results/${name}`, svg)
  return files
}

if (import.meta.main) {
  for (const [path, text] of await renderAll()) writeFileSync(new URL(path, ROOT), text)
}
