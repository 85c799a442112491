// The tables of deploy/capacity.md, by the calculator that `hashwarden capacity` is.
import { shownAmount } from '../capacity/amounts.ts'
import { figureOf, planCapacity, type CapacityPlan } from '../capacity/capacity.ts'
import { USUAL_LOAD, type PlannedLoad, type Unit } from '../capacity/figure.ts'
import { MEASURED } from '../capacity/measured.ts'
import { mostKnownHashes } from '../capacity/source-ids.ts'
import { tablePut, type Rows } from './table-put.ts'

const REPORTS = [1_000, 100_000, 1_000_000]
const KNOWN = [1_000_000, 10_000_000, 50_000_000, 100_000_000]
/** One set that no process holds, divided into shares. */
const LARGE: PlannedLoad = { ...USUAL_LOAD, reports: 10_000, known: 400_000_000 }
const SHARES = [8, 16, 32]

/** The text of deploy/capacity.md with its tables put in. */
export function withCapacityTables(page: string): string {
  const tables: Readonly<Record<string, Rows>> = {
    'taken as given': givenRows(),
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

/** By option of `hashwarden capacity`, what its tables take as given. */
const givenRows = (): Rows => [
  ['option', 'taken as given', 'which is'],
  [
    '`--id-bytes`',
    count(USUAL_LOAD.idBytes),
    'bytes of a source id: those of a PDQ list without ids of its own',
  ],
  ['`--orientations`', count(USUAL_LOAD.orientations), 'orientations in which PDQ hashes are searched'],
  ['`--replication`', count(USUAL_LOAD.replication), 'replicas of each record'],
  ['`--hit-rate`', String(USUAL_LOAD.hitShare), 'share of the reports that are hits'],
  ['`--retention`', count(USUAL_LOAD.retentionDays), 'days that reports are kept'],
  ['`--cores`', count(USUAL_LOAD.cores), 'cores of a machine'],
]

function matcherRows(): Rows {
  const rows = REPORTS.flatMap((reports) =>
    KNOWN.map((known) => {
      const plan = planCapacity({ ...USUAL_LOAD, reports, known })
      const upright = planCapacity({ ...USUAL_LOAD, reports, known, orientations: 1 })
      const load = [count(reports), `${count(known)}${isBeyond(known) ? ' *' : ''}`]
      if (plan.impossible.length > 0) return [...load, 'impossible', ...Array.from({ length: 7 }, () => '–')]
      return [
        ...load,
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

/** Head of the column, name of the figure, and its unit. */
const KAFKA_COLUMNS = [
  ['disk for reports, all brokers', 'disk for reports', 'bytes'],
  ['disk for hits', 'disk for hits', 'bytes'],
  ['network into the brokers', 'network into the brokers', 'bytes a second'],
  ['network to all matchers', 'network to all matchers', 'bytes a second'],
  ['review processes', 'review processes', 'number'],
  ['PostgreSQL after a year', 'PostgreSQL', 'bytes'],
] as const

function kafkaRows(): Rows {
  const rows = REPORTS.map((reports) => {
    const plan = planCapacity({ ...USUAL_LOAD, reports, known: KNOWN[1] })
    return [count(reports), ...KAFKA_COLUMNS.map(([, figure, unit]) => shown(plan, figure, unit))]
  })
  return [['reports/s', ...KAFKA_COLUMNS.map(([head]) => head)], ...rows]
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
  ...[USUAL_LOAD.idBytes, MEASURED.knownSet.idBytes].map((idBytes) => [
    `known hashes that its memory of postings has room for, with source ids of ${idBytes} bytes`,
    count(mostKnownHashes(idBytes)),
  ]),
  [
    'known hashes that the whole matcher was measured with',
    count(MEASURED.pipeline.points[8].at(-1)?.known ?? 0),
  ],
  ['known hashes that search alone was measured with', count(MEASURED.search.mostKnown)],
  ['threads that it was measured with', count(MEASURED.pipeline.threads)],
]
