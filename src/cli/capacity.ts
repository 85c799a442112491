// `hashwarden capacity`: the machines, memory, disks and times that a planned load needs.
import { Command, InvalidArgumentError } from 'commander'
import { shownAmount } from '../capacity/amounts.ts'
import { planCapacity, type CapacityPlan } from '../capacity/capacity.ts'
import { digits, USUAL_LOAD, type Figure, type PlannedLoad } from '../capacity/figure.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'

/** Exit code of a plan that one process, or Kafka's partitions, can't hold. */
const IMPOSSIBLE = 2

interface CapacityOptions {
  readonly reports: number
  readonly known: number
  readonly idBytes: number
  readonly orientations: 1 | 8
  readonly replication: number
  readonly hitRate: number
  readonly retention: number
  readonly cores: number
  readonly json?: true
}

export const capacityCommand = (): Command =>
  new Command('capacity')
    .description('plan machines, memory, disks and partitions for a load, from measured figures')
    .requiredOption('--reports <n>', 'reports a second', wholeNumber(1, 1e9))
    .requiredOption('--known <n>', 'known PDQ hashes', wholeNumber(1, 1e11))
    .option(
      '--id-bytes <n>',
      'bytes of a source id: 64 where a list has none of its own, because the PDQ value stands for it',
      wholeNumber(1, USUAL_LOAD.idBytes),
      USUAL_LOAD.idBytes,
    )
    .option(
      '--orientations <n>',
      'orientations in which PDQ hashes are searched: 1 or 8',
      orientationNumber,
      USUAL_LOAD.orientations,
    )
    .option(
      '--replication <n>',
      'copies of each record that Kafka keeps',
      wholeNumber(1, 10),
      USUAL_LOAD.replication,
    )
    .option(
      '--hit-rate <share>',
      'share of the reports that are hits, from 0 to 1',
      share,
      USUAL_LOAD.hitShare,
    )
    .option(
      '--retention <days>',
      'how long the topic of reports keeps them',
      wholeNumber(1, 30),
      USUAL_LOAD.retentionDays,
    )
    .option('--cores <n>', 'cores of a machine that matches', wholeNumber(1, 256), USUAL_LOAD.cores)
    .option('--json', 'print the plan as a line of JSON')
    .addHelpText('after', HELP)
    .action(capacity)

const HELP = `
Each figure has its formula, what was measured (and on which machine), and the margin. What lies beyond what was measured is
named below the figures. It reads no settings and asks no broker.`

async function capacity({ json, hitRate, retention, ...options }: CapacityOptions): Promise<void> {
  const { reports, known, idBytes, replication, cores } = options
  const asked: PlannedLoad = {
    reports,
    known,
    idBytes,
    orientations: options.orientations,
    replication,
    hitShare: hitRate,
    retentionDays: retention,
    cores,
  }
  const plan = planCapacity(asked)
  const output = new StandardOutput()
  await output.write(json ? jsonLine(plan) : textOf(plan))
  if (plan.impossible.length > 0) process.exitCode = IMPOSSIBLE
}

function textOf({ asked, figures, beyond, impossible }: CapacityPlan): string {
  const { reports, known, idBytes, orientations, hitShare, retentionDays, replication, cores } = asked
  const head = `${count(reports)} reports a second, ${count(known)} known hashes with source ids of ${idBytes} bytes,
${orientations} orientation${orientations === 1 ? '' : 's'}, ${digits(hitShare * 100)} % hits, reports kept for ${retentionDays} days in ${replication} replicas; matchers on machines of ${cores} cores.`
  const parts = [...Map.groupBy(figures, ({ part }) => part)].map(
    ([part, its]) => `${part.toUpperCase()}\n${its.map(figureText).join('\n')}`,
  )
  return `${[
    head,
    ...parts,
    ...listed('BEYOND WHAT WAS MEASURED: treat these figures as a guess, and measure', beyond),
    ...listed('IMPOSSIBLE', impossible),
  ].join('\n\n')}\n`
}

const count = (number: number): string => number.toLocaleString('en')

const figureText = ({ name, formula, measured, margin, ...amount }: Figure): string =>
  `  ${name}: ${shownAmount(amount)}
    = ${formula}
    measured: ${measured}
    margin: ${margin}`

const listed = (title: string, sentences: readonly string[]): readonly string[] =>
  sentences.length === 0 ? [] : [`${title}\n${sentences.map((sentence) => `  ${sentence}`).join('\n')}`]

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(
      `Expected a whole number from ${least} to ${most}, in digits alone, as 50000000.`,
    )
  }

function orientationNumber(text: string): 1 | 8 {
  if (text === '1') return 1
  if (text === '8') return 8
  throw new InvalidArgumentError('Expected 1 or 8.')
}

function share(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text)
  if (number >= 0 && number <= 1) return number
  throw new InvalidArgumentError('Expected a share from 0 to 1: 0.001 is one report in a thousand.')
}
