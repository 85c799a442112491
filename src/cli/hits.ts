// `hashwarden hits`: follows the hit queue in the terminal.
import { Command } from 'commander'
import { decodeHit, type Hit } from '../contract/hit.ts'
import { Rejection } from '../contract/rejection.ts'
import type { LogRecord } from '../log/event-log.ts'
import { MergedHits, type ShownHit } from './merged-hits.ts'
import {
  CONFIG_OPTION,
  tellOnStderr,
  untilReachable,
  untilSignal,
  withLog,
  type ConfigOption,
} from './session.ts'
import { jsonLine, StandardOutput, unlessReaderGone } from './standard-output.ts'

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
    .addHelpText(
      'after',
      `
The topic may hold several records of one hit. They are merged: a record that finds nothing new is not shown, one that
does is shown as the whole merged hit once more (in the table with the word "again", in JSON with the same hitId).`,
    )
    .action(hits)

async function hits({ json, fromBeginning, ...config }: HitsOptions): Promise<void> {
  const listener = tellOnStderr()
  const stopped = new AbortController()
  const failed = Promise.withResolvers<never>()
  const ending = Promise.race([untilSignal(), unlessReaderGone(stopped.signal), failed.promise])
  // Whatever ends it ends the attempts to reach Kafka, too; what it was is thrown below.
  ending.then(
    () => stopped.abort(),
    () => stopped.abort(),
  )
  const printer = new HitPrinter(json ? ({ hit }) => jsonLine(hit) : hitTableRow)
  await withLog(
    config,
    async (log, { topics }) => {
      await untilReachable(listener, stopped.signal, async () => {
        await log.follow({
          topic: topics.hits,
          from: fromBeginning ? 'earliest' : 'end',
          // Thrown here, an error would make the log deliver the batch again.
          onBatch: ({ records }) => printer.print(records).catch(failed.reject),
        })
        if (!json) await printer.output.line(HIT_TABLE_HEADER)
      })
      await ending
    },
    listener,
  )
}

/** Prints the hits of records, merged, one after the other. */
class HitPrinter {
  readonly output = new StandardOutput()
  readonly #merged = new MergedHits()
  readonly #format: (shown: ShownHit) => string

  constructor(format: (shown: ShownHit) => string) {
    this.#format = format
  }

  async print(records: readonly LogRecord[]): Promise<void> {
    for (const { value, offset } of records) {
      const hit = decodeHit(value)
      if (hit instanceof Rejection) {
        console.error(`The record at offset ${offset} is no hit: ${hit.toString()}`)
        continue
      }
      const shown = this.#merged.take(hit)
      if (shown) await this.output.write(this.#format(shown))
    }
  }
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
    .map((cell, column) => cell.padEnd(COLUMNS[column]?.[1] ?? 0))
    .join('  ')
    .trimEnd()

const HIT_TABLE_HEADER = row(COLUMNS.map(([title]) => title))

function hitTableRow({ hit, isUpdate }: ShownHit): string {
  const [best] = hit.matches
  const [entry] = best.known
  const sources = [...new Set(hit.matches.flatMap((match) => match.known.map(({ source }) => source)))]
  const cells = [
    hit.receivedAt.slice(0, 19).replace('T', ' '),
    String(hit.priority),
    hit.grade,
    hit.report.platform,
    hit.report.reportId,
    hit.truncated ? `≥ ${hit.matchCount}` : String(hit.matchCount),
    describeMatch(best),
    `${entry.classification.scheme}:${entry.classification.code}`,
    sources.join(','),
    ...(isUpdate ? ['again'] : []),
  ]
  return `${row(cells)}\n`
}

/** For example `pdq 12 of 31, mirrored-left-right`. */
export function describeMatch({ type, distance, threshold, orientation }: Hit['matches'][number]): string {
  const how = threshold === 0 ? `${type} equal` : `${type} ${distance} of ${threshold}`
  return orientation === undefined ? how : `${how}, ${orientation}`
}
