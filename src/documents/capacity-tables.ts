// The tables of deploy/capacity.md, by the calculator that `hashwarden capacity` is.
import { shownAmount } from '../capacity/amounts.ts'
import { figureOf, mostKnownHashes, planCapacity, type CapacityPlan } from '../capacity/capacity.ts'
import type { PlannedLoad, Unit } from '../capacity/figure.ts'
import { MEASURED } from '../capacity/measured.ts'
import { tablePut, type Rows } from './table-put.ts'

const DEFAULTS = { orientations: 8, replication: 3, hitShare: 0.0001, retentionDays: 30, cores: 16 } as const
const REPORTS = [1_000, 100_000, 1_000_000]
const KNOWN = [1_000_000, 10_000_000, 100_000_000]
/** One set that no process holds, divided into shares. */
const LARGE: PlannedLoad = { ...DEFAULTS, reports: 10_000, known: 400_000_000 }
const SHARES = [4, 8, 16]

/** The text of deploy/capacity.md with its tables put in. */
export function withCapacityTables(page: string): string {
  const tables: Readonly<Record<string, Rows>> = {
    matchers: matcherRows(),
    kafka: kafkaRows(),
    shares: shareRows(),
    limits: limitRows(),
  }
  return Object.entries(tables).reduce((text, [name, rows]) => tablePut(text, name, rows), page)
}

const count = (number: number): string => number.toLocaleString('en')

/** A figure of a plan, as people read it. */
const shown = (plan: CapacityPlan, name: string, unit: Unit): string =>
  shownAmount({ value: figureOf(plan, name), unit })

const isBeyond = (known: number): boolean => known > (MEASURED.pipeline.points[8].at(-1)?.known ?? 0)

function matcherRows(): Rows {
  const rows = REPORTS.flatMap((reports) =>
    KNOWN.map((known) => {
      const plan = planCapacity({ ...DEFAULTS, reports, known })
      const upright = planCapacity({ ...DEFAULTS, reports, known, orientations: 1 })
      return [
        count(reports),
        `${count(known)}${isBeyond(known) ? ' *' : ''}`,
        shown(plan, 'machines', 'number'),
        shown(upright, 'machines', 'number'),
        shown(plan, 'threads in all', 'number'),
        shown(plan, 'partitions', 'number'),
        shown(plan, 'memory of a process', 'bytes'),
        shown(plan, 'disk of a process, for the snapshot', 'bytes'),
        shown(plan, 'start from a snapshot', 'seconds'),
        shown(plan, 'start from the topic', 'seconds'),
      ]
    }),
  )
  return [
    [
      'reports/s',
      'known hashes',
      'machines',
      'with 1 orientation',
      'threads in all',
      'partitions',
      'memory of each',
      'disk of each',
      'start from a snapshot',
      'start from the topic',
    ],
    ...rows,
  ]
}

function kafkaRows(): Rows {
  const rows = REPORTS.map((reports) => {
    const plan = planCapacity({ ...DEFAULTS, reports, known: KNOWN[1] })
    return [
      count(reports),
      shown(plan, 'disk for reports', 'bytes'),
      shown(plan, 'disk for hits', 'bytes'),
      shown(plan, 'network into the brokers', 'bytes a second'),
      shown(plan, 'network to all matchers', 'bytes a second'),
      shown(plan, 'review processes', 'number'),
      shown(plan, 'PostgreSQL', 'bytes'),
    ]
  })
  return [
    [
      'reports/s',
      'disk for reports, all brokers',
      'disk for hits',
      'network into the brokers',
      'network to all matchers',
      'review processes',
      'PostgreSQL after a year',
    ],
    ...rows,
  ]
}

function shareRows(): Rows {
  const rows = SHARES.map((shares) => {
    const plan = planCapacity({ ...LARGE, known: LARGE.known / shares })
    return [
      String(shares),
      count(LARGE.known / shares),
      count(shares * figureOf(plan, 'machines')),
      shown(plan, 'memory of a process', 'bytes'),
      shownAmount({ value: shares * figureOf(plan, 'network to all matchers'), unit: 'bytes a second' }),
    ]
  })
  return [
    ['groups', 'known hashes of each', 'machines in all', 'memory of each', 'network to all matchers'],
    ...rows,
  ]
}

const limitRows = (): Rows => [
  ['limit of one process', 'value'],
  ['known hashes that its memory of postings has room for', count(mostKnownHashes())],
  [
    'known hashes that the whole matcher was measured with',
    count(MEASURED.pipeline.points[8].at(-1)?.known ?? 0),
  ],
  ['known hashes that search alone was measured with', count(MEASURED.search.mostKnown)],
  ['threads that it was measured with', count(MEASURED.pipeline.threads)],
]
