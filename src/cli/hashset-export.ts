// `hashwarden hashset export`: a list's entries as a file for others, or for another tool of one's own.
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { OTHERS, type Others } from '../contract/handling.ts'
import { EXPORT_FORMATS, exportText, mayLeave, type ExportFormat } from '../lists/curate/export-list.ts'
import { findEntries } from '../lists/curate/find-entries.ts'
import { ListsError } from './hashset-lists.ts'
import { parseSource } from './option-values.ts'
import { COMMAND_ENDS, CONFIG_OPTION, type CommandEnds, type ConfigOption } from './session.ts'

interface ExportOptions extends ConfigOption {
  readonly source: string
  readonly format: ExportFormat
  readonly out?: string
  readonly for: 'others' | 'own-use'
  readonly audience?: Others
  readonly scheme?: string
}

export const exportCommand = (ends: CommandEnds = COMMAND_ENDS): Command =>
  new Command('export')
    .description("write a list's entries in a format that others read")
    .requiredOption('--source <name>', 'the list', parseSource)
    .addOption(
      new Option(
        '--format <format>',
        'vics: VICS 2.0; csv: ours, which holds everything; lines: `type value [id]`',
      )
        .choices([...EXPORT_FORMATS])
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'a new file that only its owner may read (default: standard output)')
    .addOption(
      new Option('--for <whom>', 'own-use: also entries whose source does not permit that they are passed on')
        .choices(['others', 'own-use'])
        .default('others'),
    )
    .addOption(
      new Option('--audience <who>', 'who the others are: only entries that this audience may have').choices([
        ...OTHERS,
      ]),
    )
    .option('--scheme <name>', 'of vics: the scheme of the file, where the list has entries of several')
    .option(...CONFIG_OPTION)
    .action((options: ExportOptions) => exportList(options, ends))

async function exportList(options: ExportOptions, { openLog, openOutput }: CommandEnds): Promise<void> {
  const { source, format, out, scheme, for: whom, audience, ...config } = options
  const isForUs = whom === 'own-use'
  if (!isForUs && audience === undefined)
    throw new ListsError(
      `Who are the others? Pass --audience (${OTHERS.join(' or ')}), or --for own-use for a tool of your own. Nothing was written.`,
    )
  if (isForUs && audience !== undefined)
    throw new ListsError('--audience is of --for others: leave one of the two out. Nothing was written.')
  if (scheme !== undefined && format !== 'vics')
    throw new ListsError(`A file of ${format} names the scheme of each entry, or none: leave --scheme out.`)
  await openLog(config, async (log, { topics }) => {
    const found = await findEntries(log, topics.knownHashes, (identity) => identity.source === source)
    if (found.size === 0)
      throw new ListsError('No list of this name has entries: `hashwarden hashset list` names them all.')
    const entries = [...found.values()].filter((entry) => audience === undefined || mayLeave(entry, audience))
    const kept = found.size - entries.length
    if (entries.length === 0)
      throw new ListsError(
        `None of the ${kept} entries may be passed on to this audience (handling.onward is none, or handling.audience is another). For a tool of your own pass --for own-use. Nothing was written.`,
      )
    const counts = { written: 0, leftOut: 0 }
    const text = exportText(entries, format, counts, scheme)
    if (out === undefined) await writeTo(openOutput(), text)
    else await writeFile(out, text)
    const leftOut =
      counts.leftOut === 0
        ? ''
        : `, ${counts.leftOut} left out, because a file of ${format} can't say that they are held back, are no match, or have another scheme`
    const mayNot = kept === 0 ? '' : `, ${kept} left out, because they may not be passed on to this audience`
    const what = counts.written === 1 ? '1 entry' : `${counts.written} entries`
    console.error(`${what} written${leftOut}${mayNot}`)
  })
}

async function writeTo(
  output: ReturnType<CommandEnds['openOutput']>,
  pieces: Iterable<string>,
): Promise<void> {
  for (const piece of pieces) await output.write(piece)
}

/** One that is there already is never written over, and one that could not be written whole does not stay. */
async function writeFile(file: string, pieces: Iterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), createWriteStream(file, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new ListsError('The file that --out names is there already: name another one.', { cause: error })
    await rm(file, { force: true })
    throw error
  }
}
