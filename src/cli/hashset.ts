// `hashwarden hashset`: changes the known-hash set by lists, and keeps it in snapshots.
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { KnownHash } from '../contract/known-hash.ts'
import { printable } from '../hashing/file-path.ts'
import { readList } from '../lists/read-list.ts'
import { importList, removeList, type PublishOutcome } from '../lists/publish-list.ts'
import {
  disableCommand,
  enableCommand,
  releaseDueCommand,
  suppressCommand,
  unsuppressCommand,
} from './hashset-hold.ts'
import { listCommand, showCommand, statsCommand } from './hashset-lists.ts'
import { compareCommand } from './hashset-compare.ts'
import { feedbackCommand } from './hashset-feedback.ts'
import { serveCommand } from './hashset-serve.ts'
import { snapshotCommand, verifyCommand } from './hashset-snapshot.ts'
import { parseSource } from './option-values.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

/** Bad lines shown one by one; the rest is counted. */
const MAX_LINES_SHOWN = 20

interface ImportOptions extends ConfigOption {
  readonly source: string
  readonly classification: KnownHash['classification']
  readonly role: KnownHash['role']
  readonly purpose: KnownHash['purpose']
}

interface RemoveOptions extends ConfigOption {
  readonly source: string
}

const fileArgument = (): Argument =>
  new Argument(
    '<file>',
    'lines of `type value [id]`, or what `hashwarden hash` prints; - reads standard input',
  )
const sourceOption = (): Option =>
  new Option('--source <name>', 'the list that the entries belong to')
    .makeOptionMandatory()
    .argParser(parseSource)

export const hashsetCommand = (): Command =>
  new Command('hashset')
    .description('change the known-hash set, and keep it')
    .addCommand(
      new Command('import')
        .description("add a plain list's entries; one that is there already unchanged is left alone")
        .addArgument(fileArgument())
        .addOption(sourceOption())
        .addOption(
          new Option('--classification <scheme:code>', "the source's own class, for example ncmec:A1")
            .makeOptionMandatory()
            .argParser(parseClassification),
        )
        .addOption(new Option('--role <role>').choices(['match', 'suppress', 'canary']).default('match'))
        .addOption(
          new Option('--purpose <purpose>')
            .choices(['csam', 'self-submitted', 'ncii', 'terrorism'])
            .default('csam'),
        )
        .option(...CONFIG_OPTION)
        .action(importFile),
    )
    .addCommand(
      new Command('remove')
        .description(
          "remove a source's entries; a line without an id removes all that the source has of the value",
        )
        .addArgument(fileArgument())
        .addOption(sourceOption())
        .option(...CONFIG_OPTION)
        .action(removeFile),
    )
    .addCommand(listCommand())
    .addCommand(statsCommand())
    .addCommand(showCommand())
    .addCommand(disableCommand())
    .addCommand(enableCommand())
    .addCommand(suppressCommand())
    .addCommand(unsuppressCommand())
    .addCommand(releaseDueCommand())
    .addCommand(snapshotCommand())
    .addCommand(verifyCommand())
    .addCommand(serveCommand())
    .addCommand(compareCommand())
    .addCommand(feedbackCommand())

async function importFile(
  file: string,
  { source, classification, role, purpose, ...rest }: ImportOptions,
): Promise<void> {
  await withLog(rest, async (log, { topics }) => {
    const terms = { source, classification, role, purpose }
    const outcome = await importList(log, topics.knownHashes, readList(file), terms, { now: new Date() })
    const { added, changed, unchanged, degenerate } = outcome
    const refused = degenerate === 0 ? '' : `, ${degenerate} degenerate ones refused`
    await new StandardOutput().line(`${added} added, ${changed} changed, ${unchanged} unchanged${refused}`)
    sayBadLines(file, outcome)
  })
}

async function removeFile(file: string, { source, ...rest }: RemoveOptions): Promise<void> {
  await withLog(rest, async (log, { topics }) => {
    const outcome = await removeList(log, topics.knownHashes, readList(file), source)
    await new StandardOutput().line(`${outcome.removed} removed, ${outcome.absent} not there`)
    sayBadLines(file, outcome)
  })
}

function sayBadLines(file: string, { badLines }: PublishOutcome): void {
  const place = file === '-' ? 'line ' : `${printable(file)}:`
  for (const { line, problem } of badLines.slice(0, MAX_LINES_SHOWN))
    console.error(`${place}${line}: ${problem}`)
  if (badLines.length > MAX_LINES_SHOWN)
    console.error(`… and ${badLines.length - MAX_LINES_SHOWN} more bad lines`)
  if (badLines.length > 0) process.exitCode = 1
}

function parseClassification(text: string): KnownHash['classification'] {
  const [, scheme, code] = /^([A-Za-z0-9._-]{1,16}):([A-Za-z0-9 ._-]{1,32})$/.exec(text) ?? []
  if (scheme !== undefined) return { scheme, code }
  throw new InvalidArgumentError('Expected scheme:code, for example ncmec:A1.')
}
