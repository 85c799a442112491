import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError, Option } from 'commander'
import { Rejection } from '../contract/rejection.ts'
import { checkReport, REPORT_MAX_BYTES, type Report } from '../contract/report.ts'
import { isPerceptual } from '../hash/hash-type.ts'
import type { FileHash } from '../hashing/file-hash.ts'
import { findFiles } from '../hashing/find-files.ts'
import { hashFiles } from '../hashing/hash-files.ts'
import { printable } from '../hashing/file-path.ts'
import { HashingError } from '../hashing/hashing-error.ts'
import type { EventLog } from '../log/event-log.ts'
import { reportTopic } from '../stream/topics/report-topics.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'

const SUBMIT_BATCH = 500

interface ReportOptions extends ConfigOption {
  readonly platform: string
  readonly ndjson?: string
  readonly json?: true
}

/** A report on its way, or what is wrong with the file or line that it should come from. */
type Draft = { readonly name: string; readonly report: Report } | { readonly problem: string }

export const reportCommand = (): Command =>
  new Command('report')
    .description('hash files and submit the hashes; never the files')
    .argument('[file or folder...]')
    .addOption(
      new Option('--platform <name>', 'who reports').default('command-line').argParser((text) => {
        if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) return text
        throw new InvalidArgumentError('A platform is at most 64 of a-z, 0-9, ., _ and -.')
      }),
    )
    .option(
      '--ndjson <file>',
      'submit hashes that are there already: a line of JSON each, either a whole report or `{"hashes": […]}` as `hashwarden hash --json` prints it; - reads standard input',
    )
    .option('--json', 'print `{name, reportId}` for each submitted report as a line of JSON')
    .option(...CONFIG_OPTION)
    .action(submit)

async function submit(paths: readonly string[], options: ReportOptions, command: Command): Promise<void> {
  if (paths.length > 0 === (options.ndjson !== undefined)) {
    command.error('error: name either files and folders, or --ndjson FILE')
  }
  await withLog(options, async (log, { topics }) => {
    const drafts =
      options.ndjson === undefined
        ? draftsOfFiles(paths, options.platform)
        : draftsOfLines(options.ndjson, options.platform)
    let waiting: { name: string; report: Report }[] = []
    const flush = async (): Promise<void> => {
      const reports = waiting.map(({ report }) => report)
      for (const [topic, ofTopic] of Map.groupBy(reports, ({ platform }) => reportTopic(topics, platform)))
        await submitReports(log, topic, ofTopic)
      for (const { name, report } of waiting) {
        console.log(
          options.json
            ? JSON.stringify({ name, reportId: report.reportId })
            : `${report.reportId}  ${printable(name)}`,
        )
      }
      waiting = []
    }
    for await (const draft of drafts) {
      if ('problem' in draft) {
        console.error(draft.problem)
        process.exitCode = 1
      } else if (waiting.push(draft) >= SUBMIT_BATCH) {
        await flush()
      }
    }
    await flush()
  })
}

/** Submits reports, keyed as the contract says; resolves once the log has them. */
export async function submitReports(log: EventLog, topic: string, reports: readonly Report[]): Promise<void> {
  if (reports.length === 0) return
  await log.produce(
    topic,
    reports.map((report) => ({ key: report.reportId, value: JSON.stringify(report) })),
  )
}

/** A report of these hashes, seen now, under an id of its own. */
export function makeReport(
  platform: string,
  hashes: readonly FileHash[],
  reportId: string = randomUUID(),
): Report {
  return {
    schema: 'report/1',
    reportId,
    platform,
    observedAt: new Date().toISOString(),
    // What has no perceptual hash of a picture is reported as the only other kind that there is.
    mediaType: hashes.some(({ type }) => isPerceptual(type)) ? 'image' : 'video',
    contentRef: reportId,
    hashes,
  }
}

async function* draftsOfFiles(paths: readonly string[], platform: string): AsyncGenerator<Draft> {
  for await (const hashed of hashFiles(findFiles(paths))) {
    if (hashed instanceof HashingError) {
      yield { problem: hashed.message }
      continue
    }
    // A picture that can't be decoded still has digests, and an exact match is worth as much.
    const { file, hashes, warning } = hashed
    if (warning) yield { problem: warning.message }
    yield { name: file, report: makeReport(platform, hashes) }
  }
}

async function* draftsOfLines(source: string, platform: string): AsyncGenerator<Draft> {
  const input = source === '-' ? process.stdin : createReadStream(source)
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line++
    if (text.trim() === '') continue
    const report = readLine(text, platform)
    if (report instanceof Rejection)
      yield { problem: `${source === '-' ? 'line ' : `${source}:`}${line}: ${report.toString()}` }
    else yield { name: `line ${line}`, report }
  }
}

function readLine(text: string, platform: string): Report | Rejection {
  if (Buffer.byteLength(text) > REPORT_MAX_BYTES) return new Rejection('oversized')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new Rejection('not-json')
  }
  if (value === null || typeof value !== 'object') return new Rejection('malformed-value')
  if ('schema' in value) return checkReport(value)
  const { file: _, ...given } = { file: undefined, ...value }
  return checkReport({ ...makeReport(platform, []), mediaType: 'image', ...given })
}
