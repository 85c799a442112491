import { Command } from 'commander'
import { decodeHit, type Hit } from '../contract/hit.ts'
import { Rejection } from '../contract/rejection.ts'
import {
  CONFIG_OPTION,
  tellOnStderr,
  untilReachable,
  untilSignal,
  withLog,
  type ConfigOption,
} from './session.ts'

interface HitsOptions extends ConfigOption {
  readonly json?: true
  readonly fromBeginning?: true
}

export const hitsCommand = (): Command =>
  new Command('hits')
    .description('follow the hit queue in the terminal, until stopped')
    .option('--json', 'print each hit as one line of JSON')
    .option('--from-beginning', 'begin with the oldest hit there is, not with the next one')
    .option(...CONFIG_OPTION)
    .action(hits)

async function hits({ json, fromBeginning, ...config }: HitsOptions): Promise<void> {
  const listener = tellOnStderr()
  const stopped = new AbortController()
  const untilStopped = untilSignal().finally(() => stopped.abort())
  await withLog(
    config,
    async (log, { topics }) => {
      await untilReachable(listener, stopped.signal, async () => {
        await log.follow({
          topic: topics.hits,
          from: fromBeginning ? 'earliest' : 'end',
          onBatch: ({ records }) => {
            for (const { value, offset } of records) {
              const hit = decodeHit(value)
              if (hit instanceof Rejection)
                console.error(`The record at offset ${offset} is no hit: ${hit.toString()}`)
              else console.log(json ? JSON.stringify(hit) : hitTableRow(hit))
            }
          },
        })
        if (!json) console.log(HIT_TABLE_HEADER)
      })
      await untilStopped
    },
    listener,
  )
}

const COLUMNS = [
  ['received', 19],
  ['prio', 4],
  ['grade', 10],
  ['platform', 16],
  ['report', 36],
  ['matches', 7],
  ['best match', 34],
  ['classification', 16],
  ['sources', 24],
] as const

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell.padEnd(COLUMNS[column][1]))
    .join('  ')
    .trimEnd()

const HIT_TABLE_HEADER = row(COLUMNS.map(([title]) => title))

function hitTableRow(hit: Hit): string {
  const [best] = hit.matches
  const [entry] = best.known
  const sources = [...new Set(hit.matches.flatMap((match) => match.known.map(({ source }) => source)))]
  return row([
    hit.receivedAt.slice(0, 19).replace('T', ' '),
    String(hit.priority),
    hit.grade,
    hit.report.platform,
    hit.report.reportId,
    hit.truncated ? `≥ ${hit.matchCount}` : String(hit.matchCount),
    describeMatch(best),
    `${entry.classification.scheme}:${entry.classification.code}`,
    sources.join(','),
  ])
}

/** For example `pdq 12 of 31, mirrored-left-right`. */
export function describeMatch({ type, distance, threshold, orientation }: Hit['matches'][number]): string {
  const how = threshold === 0 ? `${type} equal` : `${type} ${distance} of ${threshold}`
  return orientation === undefined ? how : `${how}, ${orientation}`
}
