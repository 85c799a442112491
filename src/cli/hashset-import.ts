// `hashwarden hashset import`: what a list says becomes entries of the known-hash set. `hashset diff`: what that would change.
import { stat } from 'node:fs/promises'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { handlingContradiction } from '../contract/handling.ts'
import { CURATION_SOURCE, type Entry } from '../contract/known-hash.ts'
import { FORMAT_NAMES, openList, type FormatName } from '../lists/formats/formats.ts'
import { loadCsvMapping } from '../lists/formats/load-mapping.ts'
import { formatTerms } from '../lists/import/format-terms.ts'
import { openIntake } from '../lists/import/intake.ts'
import { stageList, type StagedList } from '../lists/import/staged-list.ts'
import { refuseSynchronised } from '../lists/import/synchronised-source.ts'
import type { IntakeSummary } from '../lists/import/summary.ts'
import { type Classification, type IntakeTerms } from '../lists/import/terms.ts'
import { loadScheme } from '../lists/schemes/load-scheme.ts'
import { pendingText, rejectionLines, summaryJson, summaryText, withheldText } from './import-summary.ts'
import { ListsError } from './hashset-lists.ts'
import { growHeapSlowly } from './node-memory.ts'
import { parseSource } from './option-values.ts'
import { Progress } from './progress.ts'
import { COMMAND_ENDS, CONFIG_OPTION, type CommandEnds, type ConfigOption } from './session.ts'
import { jsonLine } from './standard-output.ts'

/** The list would remove or add much: see contract/exit-codes.ts. */
const WAITS = 3

export type FormatChoice = FormatName | 'auto'

interface ImportOptions extends ConfigOption {
  readonly format: FormatChoice
  readonly source: string
  readonly mapping?: string
  readonly scheme?: string
  readonly classification?: Classification
  readonly role?: Entry['role']
  readonly purpose?: Entry['purpose']
  readonly audience: Entry['handling']['audience']
  readonly onward: Entry['handling']['onward']
  readonly complete?: true
  readonly yes?: true
  readonly dryRun?: true
  readonly json?: true
}

export const listArgument = (): Argument => new Argument('<file>', 'a list; - reads standard input')

export const formatOption = (): Option =>
  new Option('--format <format>', 'auto tells it by the beginning of the list')
    .choices(['auto', ...FORMAT_NAMES])
    .default('auto')

export const mappingOption = (): Option =>
  new Option('--mapping <file>', 'which columns of a CSV are what, as config/csv-mapping.schema.json says')

export const sourceOption = (): Option =>
  new Option('--source <name>', 'the list that the entries belong to')
    .makeOptionMandatory()
    .argParser(parseListSource)

export const importCommand = (ends: CommandEnds = COMMAND_ENDS): Command =>
  withListOptions(new Command('import'))
    .description(
      "add a list's entries, and take out those that it withdraws; entries that are there unchanged are left alone",
    )
    .option('--dry-run', 'say what would happen, and publish nothing')
    .action((file: string, options: ImportOptions) => importFile(file, options, ends))

/** The same code as `import --dry-run`. */
export const diffCommand = (ends: CommandEnds = COMMAND_ENDS): Command =>
  withListOptions(new Command('diff'))
    .description('say what an import of the list would add, change and remove, and publish nothing')
    .action((file: string, options: ImportOptions) => importFile(file, { ...options, dryRun: true }, ends))

const withListOptions = (command: Command): Command =>
  command
    .addArgument(listArgument())
    .addOption(formatOption())
    .addOption(mappingOption())
    .addOption(sourceOption())
    .addOption(
      new Option(
        '--scheme <name|file>',
        'what its codes mean and which are matches: a scheme of config/schemes, or a file of your own',
      ).conflicts('classification'),
    )
    .addOption(
      new Option(
        '--classification <scheme:code>',
        'the class of all files, for a list without codes, for example ncmec:A1',
      ).argParser(parseClassification),
    )
    .addOption(
      new Option('--role <role>', 'of all files; without it the scheme says it').choices([
        'match',
        'suppress',
        'canary',
      ]),
    )
    .addOption(
      new Option('--purpose <purpose>', 'without it that of the scheme').choices([
        'csam',
        'self-submitted',
        'ncii',
        'terrorism',
      ]),
    )
    .addOption(
      new Option('--audience <who>', 'who may see the entries')
        .choices(['this-deployment', 'law-enforcement', 'members'])
        .default('this-deployment'),
    )
    .addOption(
      new Option('--onward <sharing>', 'whether they may be passed on')
        .choices(['none', 'same-audience'])
        .default('none'),
    )
    .option('--complete', 'the list is all that the source has: what it lacks is removed')
    .option(
      '--yes',
      'also if it removes or adds much, has records that can’t be read, or is complete for a source of hashset sync',
    )
    .option('--json', 'the summary as JSON')
    .option(...CONFIG_OPTION)

async function importFile(file: string, options: ImportOptions, ends: CommandEnds): Promise<void> {
  // What a person has to mend comes before the list is read.
  const contradiction = handlingContradiction(options)
  if (contradiction !== undefined)
    throw new ListsError(`The import ${contradiction} (--audience, --onward). Nothing was imported.`)
  const scheme = options.scheme === undefined ? undefined : loadScheme(options.scheme)
  const mapping = options.mapping === undefined ? undefined : loadCsvMapping(options.mapping)
  growHeapSlowly()
  const progress = new Progress()
  const output = ends.openOutput()
  try {
    progress.reading('List', await bytesOf(file))
    const { format, items } = await openList(file, {
      format: options.format,
      role: options.role,
      mapping,
      onRead: (bytes) => progress.done(bytes),
    })
    const said = { ...termsOf(options), ...(scheme && { scheme }) }
    const terms: IntakeTerms = { ...said, ...formatTerms(format, said) }
    const list = await stageList(items, terms)
    try {
      const summary = await publish(list, terms, options, { ...ends, progress })
      progress.end()
      const named = terms.scheme ?? terms.formatScheme
      const schemes = list.schemes.length > 0 ? list.schemes : named ? [named.name] : []
      const about = { format, schemes, dryRun: options.dryRun === true }
      if (options.json) await output.write(jsonLine(summaryJson(summary, about)))
      else for (const line of summaryText(summary, about)) await output.line(line)
      sayProblems(file, summary, terms.source)
    } finally {
      await list.close()
    }
  } finally {
    progress.end()
  }
}

function termsOf(options: ImportOptions): Omit<IntakeTerms, 'repeats' | 'scheme'> {
  const { source, classification, role, purpose, audience, onward } = options
  return {
    source,
    handling: { audience, onward },
    ...(classification && { classification }),
    ...(role && { role }),
    ...(purpose && { purpose }),
  }
}

const publish = (
  list: StagedList,
  terms: IntakeTerms,
  { yes, complete, dryRun, config }: ImportOptions,
  { openLog, progress }: Pick<CommandEnds, 'openLog'> & { readonly progress: Progress },
): Promise<IntakeSummary> =>
  openLog(config === undefined ? {} : { config }, async (log, { topics }) => {
    if (complete && !yes) await refuseSynchronised(log, topics.lists, terms.source)
    progress.busy(`Reading what ${terms.source} has…`)
    const intake = await openIntake(log, topics.knownHashes, terms)
    progress.busy('Comparing…')
    let isBegun = false
    return intake.applyStaged(list, {
      now: new Date(),
      complete: complete === true,
      dryRun: dryRun === true,
      ...(yes && { approved: 'any' }),
      onPublished: (done, of) => {
        if (!isBegun) progress.publishing('Published', of)
        isBegun = true
        progress.done(done)
      },
    })
  })

/** Names on standard error what was not done, and sets the exit code. */
export function sayProblems(file: string, summary: IntakeSummary, source: string): void {
  for (const line of rejectionLines(file, summary)) console.error(line)
  if (summary.rejectedCount > 0) process.exitCode = 1
  if (summary.withheld > 0) console.error(withheldText(summary))
  if (!summary.pending) return
  console.error(pendingText(summary.pending, source))
  process.exitCode = WAITS
}

/** The length of a regular file; undefined for a pipe. */
export async function bytesOf(file: string): Promise<number | undefined> {
  const stats = file === '-' ? undefined : await stat(file)
  return stats?.isFile() ? stats.size : undefined
}

function parseListSource(text: string): string {
  if (text !== CURATION_SOURCE) return parseSource(text)
  throw new InvalidArgumentError(
    `${CURATION_SOURCE} is reserved for what people here suppress: name the list's own source.`,
  )
}

function parseClassification(text: string): Classification {
  const [, scheme, code] = /^([A-Za-z0-9._-]{1,16}):([A-Za-z0-9 ._-]{1,32})$/.exec(text) ?? []
  if (scheme !== undefined) return { scheme, code }
  throw new InvalidArgumentError('Expected scheme:code, for example ncmec:A1.')
}
