// The alarm for probing: its false alarms and whom it finds, as tables.
import type { Machine } from '../machine.ts'
import { on, readResult, table } from './table.ts'

interface ProbingResult {
  readonly machine: Machine
  readonly what: string
  readonly nanosecondsPerReport: { readonly accounts: number; readonly noAccounts: number }
  readonly falseAlarms: readonly {
    readonly traffic: string
    readonly accounts: boolean
    readonly reports: number
    readonly alarms: number
  }[]
  readonly detection: readonly {
    readonly copies: number
    readonly everySeconds: number
    readonly among: number
    readonly accounts: boolean
    readonly reportsPerSecond: number
    readonly probers: number
    readonly found: number
    readonly medianCopies?: number
  }[]
}

const named = (hasAccounts: boolean): string => (hasAccounts ? 'named' : 'not named')
const number = (value: number): string => value.toLocaleString('en')

/** Written by bench/gateway/probing.ts. */
export function probingTables(): string {
  const result = readResult('gateway-probing') as ProbingResult | undefined
  if (!result) return ''
  const { machine, what, nanosecondsPerReport, falseAlarms, detection } = result
  const innocent = table(
    ['in ordinary traffic, beside it', 'accounts', 'reports', 'false alarms'],
    falseAlarms.map(({ traffic, accounts, reports, alarms }) => [
      traffic,
      named(accounts),
      number(reports),
      number(alarms),
    ]),
  )
  const probers = table(
    [
      'altered copies',
      'one in',
      'other pictures with each',
      'reports/s of the platform',
      'accounts',
      'found',
      'after copies (median)',
    ],
    detection.map(({ copies, everySeconds, among, accounts, reportsPerSecond, ...rest }) => [
      number(copies),
      `${everySeconds} s`,
      among,
      number(reportsPerSecond),
      named(accounts),
      `${rest.found} of ${rest.probers}`,
      rest.medianCopies ?? '–',
    ]),
  )
  return `## Somebody who probes the gateway

${what}. A report takes ${nanosecondsPerReport.accounts} ns of a processor where accounts are named, ${nanosecondsPerReport.noAccounts} ns where not.

${innocent}

A series of 100 pictures of one subject by one account within two minutes looks like probing. The other pictures are random values, which are far apart:
real ones made from one template, or with little detail, can be nearer, and how many false alarms they raise is not measured.

${probers}

Within an hour 40 of them must lie near one. Who spreads them over more time or accounts, or reports no PDQ, is not found.

(${on(machine)})`
}
