// `hashwarden report`: hashes files, or takes hashes that are there already, and submits them as reports.
import { isUtf8 } from 'node:buffer'
import { Command, InvalidArgumentError, Option } from 'commander'
import { Rejection } from '../contract/rejection.ts'
import { checkReport, REPORT_MAX_BYTES, type Report } from '../contract/report.ts'
import { degeneracyOf, describeDegeneracy } from '../hash/degenerate.ts'
import { findFiles } from '../hashing/find-files.ts'
import { hashFiles, type HashFilesOptions } from '../hashing/hash-files.ts'
import { printable } from '../hashing/file-path.ts'
import { HashingError } from '../hashing/hashing-error.ts'
import { makeReport } from '../hashing/make-report.ts'
import { TextInput } from '../lists/input/text-input.ts'
import { textLines } from '../lists/input/text-lines.ts'
import { CANARY_FILE } from '../sample/canary-picture.ts'
import { hashingOf, type HashingOptions, withHashingOptions } from './hashing-options.ts'
import { withPort, type PortOptions, type SubmitBatch } from './report-ports.ts'
import { CONFIG_OPTION } from './session.ts'
import { jsonLine, OutputEndedError, StandardOutput } from './standard-output.ts'

/** Reports submitted together. */
const SUBMIT_BATCH = 500

interface ReportOptions extends PortOptions, HashingOptions {
  readonly platform: string
  readonly ndjson?: string
  readonly json?: true
  readonly canary?: true
}

/** A report, and the name of the file or line that it comes from. */
interface NamedReport {
  readonly name: string
  readonly report: Report
}

/** A report to be submitted, the problem of the file or line that it should come from, or what else to know. */
type Draft = NamedReport | { readonly problem: string } | { readonly note: string }

export const reportCommand = (): Command =>
  withHashingOptions(
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
      .option(
        '--canary',
        'report the canary file, src/sample/canary.png: it is found, makes no hit, and the operator sees that the platform’s reports are matched',
      )
      .option('--gateway <url>', 'submit by HTTPS to a gateway, which knows by the key who reports')
      .option('--key-file <file>', 'the key for --gateway, in a file that its owner alone may open')
      .option('--json', 'print `{name, reportId}` for each submitted report as a line of JSON')
      .option(...CONFIG_OPTION)
      .action(submit),
  )

async function submit(paths: readonly string[], options: ReportOptions, command: Command): Promise<void> {
  const sources = [paths.length > 0, options.ndjson !== undefined, options.canary === true]
  if (sources.filter(Boolean).length !== 1)
    command.error('error: name either files and folders, or --ndjson FILE, or --canary')
  if ((options.gateway === undefined) !== (options.keyFile === undefined))
    command.error('error: --gateway and --key-file belong together')
  if (options.gateway !== undefined && !URL.canParse(options.gateway))
    command.error('error: --gateway takes an address like https://reports.example.org')
  await withPort(options, async (submitBatch) => {
    const drafts =
      options.ndjson === undefined
        ? draftsOfFiles(options.canary ? [CANARY_FILE] : paths, options.platform, hashingOf(options))
        : draftsOfLines(options.ndjson, options.platform)
    const submission = new Submission(submitBatch, options.json === true)
    for await (const draft of drafts) {
      if ('problem' in draft) {
        console.error(draft.problem)
        process.exitCode = 1
      } else if ('note' in draft) console.error(draft.note)
      else await submission.add(draft)
    }
    await submission.flush()
  })
}

/** Submits reports in batches, and prints the id of each once Kafka has it. */
class Submission {
  readonly #submitBatch: SubmitBatch
  readonly #asJson: boolean
  readonly #output = new StandardOutput()
  #waiting: NamedReport[] = []
  #printed = 0

  constructor(submitBatch: SubmitBatch, asJson: boolean) {
    this.#submitBatch = submitBatch
    this.#asJson = asJson
  }

  async add(draft: NamedReport): Promise<void> {
    sayDegenerate(draft)
    if (this.#waiting.push(draft) >= SUBMIT_BATCH) await this.flush()
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length === 0) return
    const refused = await this.#submitBatch(waiting.map(({ report }) => report))
    for (const [at, { name, report }] of waiting.entries()) {
      const { reportId } = report
      const reason = refused.get(reportId)
      if (reason !== undefined) {
        console.error(`${printable(name)}: the gateway did not take the report: ${reason}`)
        process.exitCode = 1
        continue
      }
      await this.#output
        .write(this.#asJson ? jsonLine({ name, reportId }) : `${reportId}  ${printable(name)}\n`)
        .catch((error: unknown) => {
          if (error instanceof OutputEndedError)
            console.error(
              `${this.#printed + waiting.length - at} reports are submitted; the ids of the last ${waiting.length - at} of them could not be printed.`,
            )
          throw error
        })
      this.#printed++
    }
  }
}

/** Says which hashes of a report will match nothing, because they say nothing of their file. */
function sayDegenerate({ name, report }: NamedReport): void {
  for (const { type, value } of report.hashes) {
    const degeneracy = degeneracyOf(type, value)
    if (degeneracy)
      console.error(
        `${printable(name)}: the ${type} hash is degenerate and will match nothing: ${describeDegeneracy(degeneracy)}`,
      )
  }
}

async function* draftsOfFiles(
  paths: readonly string[],
  platform: string,
  options: HashFilesOptions,
): AsyncGenerator<Draft> {
  let others = 0
  for await (const hashed of hashFiles(findFiles(paths), options)) {
    if (hashed instanceof HashingError) {
      yield { problem: hashed.message }
      continue
    }
    // A picture that can't be decoded still has digests, and an exact match is worth as much.
    const { file, hashes, mediaType, warning } = hashed
    if (warning) yield { problem: warning.message }
    if (mediaType === undefined) others++
    yield { name: file, report: { ...makeReport(platform, hashes), ...(mediaType ? { mediaType } : {}) } }
  }
  // Left out, a known file would be missed that somebody wrapped into an archive or a document.
  if (others > 0)
    yield {
      note: `${others} of the files are neither pictures nor videos by their first bytes: their digests are reported, with mediaType video, because a report has no third one.`,
    }
}

async function* draftsOfLines(source: string, platform: string): AsyncGenerator<Draft> {
  const place = source === '-' ? 'line ' : `${printable(source)}:`
  let line = 0
  for await (const bytes of textLines(new TextInput(source))) {
    line++
    const report = readLine(bytes, platform)
    if (report === undefined) continue
    if (report instanceof Rejection) yield { problem: `${place}${line}: ${report.toString()}` }
    else yield { name: `line ${line}`, report }
  }
}

/** The report of a line; undefined of a blank one. */
function readLine(bytes: Buffer, platform: string): Report | Rejection | undefined {
  if (bytes.length > REPORT_MAX_BYTES) return new Rejection('oversized')
  if (!isUtf8(bytes)) return new Rejection('not-utf8')
  const text = bytes.toString('utf8')
  if (text.trim() === '') return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new Rejection('not-json')
  }
  if (value === null || typeof value !== 'object') return new Rejection('malformed-value')
  if ('schema' in value) return checkReport(value)
  return checkReport({ ...makeReport(platform, []), mediaType: 'image', ...withoutNotes(value) })
}

/** What `hashwarden hash --json` says of a file beside its hashes and its media type. A report has no place for it. */
const NOTES: ReadonlySet<string> = new Set(['file', 'damaged', 'frame', 'view', 'warning'])

const withoutNotes = (line: object): object =>
  Object.fromEntries(Object.entries(line).filter(([name]) => !NOTES.has(name)))
