// Renders the fault runs that test/faults/series.ts keeps in bench/results/faults.json.
import type { Machine } from '../machine.ts'
import { median } from '../median.ts'
import { on, readResult, table } from './table.ts'

/** A fault run as it is kept. What came of it is missing where it could not be judged. */
export interface KeptRun {
  readonly seed: number
  readonly fault: string
  /** The commit of the sources. */
  readonly commit: string
  readonly matchers: number
  readonly threads: number
  readonly partitions: number
  /** 'as promised', or everything that was not. */
  readonly verdict: string
  readonly struck?: string
  readonly seconds?: number
  readonly reports?: number
  readonly mustHit?: number
  readonly hitRecords?: number
  readonly deadLetters?: number
}

const sum = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((all, one) => all + (one ?? 0), 0)

const rowOf = (name: string, runs: readonly KeptRun[]): (string | number)[] => [
  name,
  runs.length,
  ...[
    sum(runs.map(({ reports }) => reports)),
    sum(runs.map(({ mustHit }) => mustHit)),
    sum(runs.map(({ hitRecords }) => hitRecords)),
    sum(runs.map(({ deadLetters }) => deadLetters)),
  ].map((count) => count.toLocaleString('en')),
  runs.filter(({ verdict }) => verdict !== 'as promised').length,
  median(runs.flatMap(({ seconds }) => seconds ?? [])).toFixed(1),
]

/** The fault runs that test/faults/series.ts has accumulated, by fault; undefined if there are none. */
export function faultRuns(): string {
  const result = readResult('faults') as { machine: Machine; what: string; runs: KeptRun[] } | undefined
  if (!result) return ''
  const { machine, what, runs } = result
  const head = [
    'fault',
    'runs',
    'reports',
    'of them must have a hit',
    'records of hits',
    'dead letters',
    'runs with something lost, doubled or wrong',
    'seconds a run, median',
  ]
  const rows = [...Map.groupBy(runs, ({ fault }) => fault)].map(([name, ofFault]) => rowOf(name, ofFault))
  const failed = runs.filter(({ verdict }) => verdict !== 'as promised')
  const told = failed.map(({ seed, commit, verdict }) => `- seed ${seed}, of ${commit}: ${verdict}`)
  return [
    '## Real faults',
    `${what}. \`npm run faults -- --runs N\` goes on.`,
    table(head, [...rows, rowOf('all', runs)]),
    ...(told.length > 0 ? [`Runs that were not as promised:\n\n${told.join('\n')}`] : []),
    `(${on(machine)})`,
  ].join('\n\n')
}
