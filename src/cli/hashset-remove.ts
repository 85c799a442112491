// `hashwarden hashset remove`: takes a list's hashes out of the known-hash set.
import { Command } from 'commander'
import { formatOf, openList } from '../lists/formats/formats.ts'
import { loadCsvMapping } from '../lists/formats/load-mapping.ts'
import { openIntake } from '../lists/import/intake.ts'
import { stageList } from '../lists/import/staged-list.ts'
import type { ListItem } from '../lists/list-item.ts'
import {
  bytesOf,
  formatOption,
  listArgument,
  mappingOption,
  sayProblems,
  sourceOption,
  type FormatChoice,
} from './hashset-import.ts'
import { leftOutLines } from './import-summary.ts'
import { Progress } from './progress.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface RemoveOptions extends ConfigOption {
  readonly format: FormatChoice
  readonly mapping?: string
  readonly source: string
}

export const removeCommand = (): Command =>
  new Command('remove')
    .description(
      "remove a source's entries; a line without an id removes all that the source has of the value",
    )
    .addArgument(listArgument())
    .addOption(formatOption())
    .addOption(mappingOption())
    .addOption(sourceOption())
    .option(...CONFIG_OPTION)
    .action(removeFile)

async function removeFile(file: string, { format, mapping, source, ...rest }: RemoveOptions): Promise<void> {
  const progress = new Progress()
  try {
    progress.reading('List', await bytesOf(file))
    const opened = await openList(file, {
      format,
      role: 'any',
      mapping: mapping === undefined ? undefined : loadCsvMapping(mapping),
      onRead: (bytes) => progress.done(bytes),
    })
    const terms = { source, repeats: formatOf(opened.format).repeats }
    const list = await stageList(asWithdrawals(opened.items), terms)
    try {
      const summary = await withLog(rest, async (log, { topics }) => {
        progress.busy(`Reading what ${source} has…`)
        const intake = await openIntake(log, topics.knownHashes, terms)
        return intake.applyStaged(list, { now: new Date(), approved: 'any' })
      })
      progress.end()
      await new StandardOutput().line(`${summary.removed} removed, ${summary.absent} not there`)
      for (const line of leftOutLines(summary)) console.error(line)
      sayProblems(file, summary, source)
    } finally {
      await list.close()
    }
  } finally {
    progress.end()
  }
}

/** The hashes that the list has of each file, to be withdrawn; of the same id other hashes stay. */
async function* asWithdrawals(
  lists: AsyncIterable<readonly ListItem[]>,
): AsyncGenerator<readonly ListItem[]> {
  for await (const items of lists)
    yield items.map((item) =>
      item.kind === 'file'
        ? {
            kind: 'withdrawal',
            place: item.place,
            sourceId: item.sourceId,
            hashes: item.hashes,
            isBare: item.isBare,
          }
        : item,
    )
}
