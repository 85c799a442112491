// `hashwarden hashset list`, `stats` and `show`: the contents of the known-hash set, by list.
import { Argument, Command } from 'commander'
import type { Entry } from '../contract/known-hash.ts'
import { publishStatistics } from '../lists/curate/publish-statistics.ts'
import { findEntries } from '../lists/curate/find-entries.ts'
import { readListRecords, type ListRecords } from '../lists/list-records.ts'
import { LISTS_HEAD, listRow, originText, statisticsLines } from '../lists/curate/lists-table.ts'
import { originLines, proposeOrigins } from '../lists/curate/origins.ts'
import {
  matcherOf,
  readSelection,
  type SelectedValue,
  type Selection,
  type SelectionOptions,
} from '../lists/curate/selection.ts'
import { readStatistics } from '../lists/curate/statistics.ts'
import type { EventLog } from '../log/event-log.ts'
import { unlessGone } from '../log/topic-gone.ts'
import { loadPolicy } from '../settings/load-settings.ts'
import { printable } from '../hashing/file-path.ts'
import { parseSource } from './option-values.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'
import { table } from './top/lines.ts'

interface JsonOption extends ConfigOption {
  readonly json?: true
}

interface StatsOptions extends JsonOption {
  readonly source?: string
  readonly publish?: true
  readonly policy?: string
}

interface ShowOptions extends JsonOption {
  readonly source?: string
  readonly ids?: true
}

/** What was asked for isn't there, or can't be done; the message says what to do. */
export class ListsError extends Error {
  readonly code = 'LISTS'
  override readonly name = 'ListsError'
}

const JSON_OPTION = ['--json', 'print lines of JSON'] as const

export const selectionArgument = (): Argument =>
  new Argument(
    '[file]',
    'lines of `type value`; with --ids, ids of the source. Left out, or -: standard input. Values are never arguments, which other users of the machine can see',
  ).default('-', 'standard input')

export const listCommand = (): Command =>
  new Command('list')
    .description('the lists of the known-hash set: how many entries, how fresh, what waits or fails')
    .option(...JSON_OPTION)
    .option(...CONFIG_OPTION)
    .action(list)

export const statsCommand = (): Command =>
  new Command('stats')
    .description(
      'what each list holds, by type, class, role and day; what it shares with others, and who seems to copy whom',
    )
    .option('--source <name>', 'of this list alone', parseSource)
    .option(...JSON_OPTION)
    .option('--publish', 'publish the counts to the topic of lists, where the console shows them')
    .option('--policy <file>', 'policy file whose origins are known already (default: config/policy.yaml)')
    .option(...CONFIG_OPTION)
    .action(stats)

export const showCommand = (): Command =>
  new Command('show')
    .description(
      'the entries of values: which lists have them, their classes, and whether they are held back',
    )
    .addArgument(selectionArgument())
    .option('--source <name>', 'of this list alone', parseSource)
    .option('--ids', 'each line is an id of the list that --source names')
    .option(...JSON_OPTION)
    .option(...CONFIG_OPTION)
    .action(show)

async function list({ json, ...config }: JsonOption): Promise<void> {
  await withLog(config, async (log, { topics }) => {
    const statistics = await readStatistics(log, topics.knownHashes, new Date())
    const records = await recordsOf(log, topics.lists)
    const bySource = new Map(statistics.map((one) => [one.source, one]))
    const names = [...new Set([...bySource.keys(), ...(records?.sources ?? [])])].toSorted()
    const output = new StandardOutput()
    if (json)
      for (const source of names) {
        const { schema: _, ...counted } = bySource.get(source) ?? {}
        const { schema: __, checkpoint: ___, ...state } = records?.state(source) ?? {}
        await output.write(jsonLine({ source, ...counted, ...state }))
      }
    else {
      const nowMs = Date.now()
      const rows = names.map((source) => listRow(source, bySource.get(source), records?.state(source), nowMs))
      for (const { text } of table([...LISTS_HEAD], rows)) await output.line(text)
    }
  })
}

/** Without a topic of lists nothing is synchronised here. */
const recordsOf = (log: EventLog, topic: string): Promise<ListRecords | undefined> =>
  unlessGone(log, topic, () => readListRecords(log, topic))

async function stats({ source, json, publish, policy, ...config }: StatsOptions): Promise<void> {
  const { origins } = loadPolicy(policy)
  await withLog(config, async (log, { topics }) => {
    const now = new Date()
    const all = publish
      ? await publishStatistics(log, topics, now)
      : await readStatistics(log, topics.knownHashes, now)
    const shown = all.filter((one) => source === undefined || one.source === source)
    if (shown.length === 0 && source !== undefined)
      throw new ListsError(`No list of this name has entries: \`hashwarden hashset list\` names them all.`)
    const output = new StandardOutput()
    if (json) {
      for (const one of shown) await output.write(jsonLine(one))
      return
    }
    for (const one of shown) await output.line(`${statisticsLines(one).join('\n')}\n`)
    const proposals = proposeOrigins(all, origins)
    for (const line of originText(proposals, originLines(origins, proposals))) await output.line(line)
  })
}

async function show(file: string, { source, ids, json, ...config }: ShowOptions): Promise<void> {
  const isMeant = await selectedEntries(file, { source, ids })
  await withLog(config, async (log, { topics }) => {
    const found = [...(await findEntries(log, topics.knownHashes, isMeant)).values()]
    const output = new StandardOutput()
    if (found.length === 0) throw new ListsError('No list has an entry of these.')
    if (json) for (const entry of found) await output.write(jsonLine(entry))
    else for (const { text } of table(SHOW_HEAD, found.map(entryRow))) await output.line(text)
  })
}

const SHOW_HEAD = ['list', 'id', 'type', 'class', 'role', 'added', 'handling', 'state']

/** Without the value: who asks has it, and a terminal keeps what it shows. */
function entryRow({
  source,
  sourceId,
  type,
  classification,
  role,
  addedAt,
  handling,
  held,
  validUntil,
}: Entry): string[] {
  const until = held?.until === undefined ? '' : ` until ${held.until}`
  const ends = validUntil === undefined ? '' : `, ends ${validUntil}`
  const { scheme, code } = classification
  return [
    source,
    printable(sourceId),
    type,
    `${scheme}:${code}`,
    role,
    addedAt.slice(0, 10),
    `${handling.audience}, onward ${handling.onward}`,
    `${held === undefined ? 'searched' : `held: ${held.why}${until}`}${ends}`,
  ]
}

interface WhichEntries {
  readonly source?: string | undefined
  readonly ids?: true | undefined
}

/** Which entries the lines of a file mean. @throws ListsError if a line means nothing, or none is there. */
export async function selectedEntries(
  file: string,
  { source, ids }: WhichEntries,
): Promise<ReturnType<typeof matcherOf>> {
  if (ids && source === undefined)
    throw new ListsError('Whose ids? Pass --source with --ids: two lists may use the same id.')
  return matcherOf(await selectionOf(file, { isIds: ids === true }), source)
}

/** The values that the lines of a file name. @throws the same. */
export async function selectedValues(file: string): Promise<readonly SelectedValue[]> {
  const { selected } = await selectionOf(file, {})
  return selected.filter((one) => 'value' in one)
}

async function selectionOf(file: string, options: SelectionOptions): Promise<Selection> {
  if (file === '-' && process.stdin.isTTY)
    console.error(
      options.isIds
        ? 'Type ids, one a line; end with Ctrl-D.'
        : 'Type lines of `type value`; end with Ctrl-D.',
    )
  const selection = await readSelection(file, options)
  const [bad] = selection.badLines
  if (bad) throw new ListsError(`Line ${bad.line}: ${bad.problem}. Nothing was done.`)
  if (selection.selected.length === 0) throw new ListsError('There is no line to go by. Nothing was done.')
  return selection
}
