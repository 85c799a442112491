// `hashwarden hashset disable`, `enable`, `suppress`, `unsuppress` and `release-due`: what a person decides on known hashes.
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { CURATION_SOURCE, type Entry } from '../contract/known-hash.ts'
import type { CurateBody } from '../contract/review.ts'
import { isHashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import { EntryCuration } from '../lists/curate/curate-entries.ts'
import { DEGENERATE_SUPPRESSION, disabled, enabled } from '../lists/curate/curation.ts'
import { findEntries } from '../lists/curate/find-entries.ts'
import { releaseDue } from '../lists/curate/release-due.ts'
import { matcherOf } from '../lists/curate/selection.ts'
import { isDegenerate } from '../lists/import/terms.ts'
import type { EventLog } from '../log/event-log.ts'
import { orderCuration } from '../review/curation/curations.ts'
import { publishWaiting } from '../review/curation/publish-curations.ts'
import { storeClock } from '../review/review-context.ts'
import { connect } from '../review/store/connect.ts'
import type { Settings } from '../settings/settings.ts'
import { futureTime } from './future-time.ts'
import { ListsError, selectedEntries, selectedValues, selectionArgument } from './hashset-lists.ts'
import { parseSource } from './option-values.ts'
import { databasesOf, namesDatabase } from './review-process.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface DecideOptions extends ConfigOption {
  readonly reason?: string
  readonly unaudited?: true
}

interface EntriesOptions extends DecideOptions {
  readonly source?: string
  readonly ids?: true
  readonly until?: string
}

interface SuppressOptions extends DecideOptions {
  readonly until?: string
}

/** Each is an entry of the audit: more at once is a list of its own. */
const MOST_AUDITED = 10_000

const HELP = `
The audit of the review store says who did it and why: DATABASE_URL (or DATABASE_URL_FILE) names the store. Without a store pass
--unaudited: then only standard error says it. Matchers learn of it within a second.`

const UNTIL_OPTION = ['--until <time>', 'until then, in UTC (default: for good)', futureTime] as const
const REASON_OPTION = ['--reason <text>', 'why, for the audit of the review store; always needed'] as const
const UNAUDITED_OPTION = ['--unaudited', 'do it without an audit, where there is no review store'] as const

export const disableCommand = (): Command =>
  entriesCommand(
    'disable',
    'hold entries back: they are not searched until they are enabled, or a time comes. An entry that its list withdraws and adds again is a new one, and searched: only `hashset suppress` outlasts that',
  )
    .option(...UNTIL_OPTION)
    .action((file: string, options: EntriesOptions) => changeEntries('disable', file, options))

export const enableCommand = (): Command =>
  entriesCommand('enable', 'let entries be searched again that were disabled or quarantined').action(
    (file: string, options: EntriesOptions) => changeEntries('enable', file, options),
  )

const entriesCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .addArgument(selectionArgument())
    .option('--source <name>', 'entries of this list alone (default: of all)', parseSource)
    .option('--ids', 'each line is an id of the list that --source names')
    .option(...REASON_OPTION)
    .option(...UNAUDITED_OPTION)
    .option(...CONFIG_OPTION)
    .addHelpText('after', HELP)

export const suppressCommand = (): Command =>
  valuesCommand('suppress', 'keep values from matching, whatever lists have them, now or later')
    .option(...UNTIL_OPTION)
    .action((file: string, options: SuppressOptions) => suppressValues(file, options))

export const unsuppressCommand = (): Command =>
  valuesCommand('unsuppress', 'end the suppression of values').action(
    (file: string, options: DecideOptions) => unsuppressValues(file, options),
  )

const valuesCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .addArgument(selectionArgument())
    .option(...REASON_OPTION)
    .option(...UNAUDITED_OPTION)
    .option(...CONFIG_OPTION)
    .addHelpText('after', HELP)

export const releaseDueCommand = (): Command =>
  new Command('release-due')
    .description(
      'let entries be searched again whose hold is over, and end suppressions whose time has come. `hashset sync` does it by itself',
    )
    .option(...CONFIG_OPTION)
    .action(async (config: ConfigOption) => {
      await withLog(config, async (log, { topics }) => {
        const { released, removed } = await releaseDue(log, topics.knownHashes, new Date())
        await new StandardOutput().line(`${released} released, ${removed} ended`)
      })
    })

async function changeEntries(
  kind: 'disable' | 'enable',
  file: string,
  { source, ids, until, reason, unaudited, ...config }: EntriesOptions,
): Promise<void> {
  const audited = auditedReason(reason, unaudited)
  const isMeant = await selectedEntries(file, { source, ids })
  await withLog(config, async (log, settings) => {
    const { knownHashes } = settings.topics
    if (audited !== undefined) {
      const found = [...(await findEntries(log, knownHashes, isMeant)).values()].filter(isOfList)
      const bodies = found.map((entry) => entryBody(kind, entry, audited, until))
      await order({ log, settings }, bodies)
      return
    }
    const curation = await EntryCuration.read(log, knownHashes, isMeant)
    const how = kind === 'disable' ? (entry: Entry) => disabled(entry, until) : enabled
    const { found, changed, unchanged, degenerate } = curation.change(isMeant, how)
    if (found === 0) throw noneFound()
    await curation.publish()
    const stay = degenerate === 0 ? '' : `, ${degenerate} stay held back: their values say nothing of a file`
    await new StandardOutput().line(`${changed} ${kind}d, ${unchanged} unchanged${stay}`)
  })
}

async function suppressValues(
  file: string,
  { until, reason, unaudited, ...config }: SuppressOptions,
): Promise<void> {
  const audited = auditedReason(reason, unaudited)
  const values = await selectedValues(file)
  const searched = values.filter(({ type }) => isHashType(type))
  if (searched.length < values.length)
    throw new ListsError(
      'A line has a type that is not searched: there is nothing to suppress. Nothing was done.',
    )
  if (searched.some(isDegenerate)) throw new ListsError(`${DEGENERATE_SUPPRESSION}. Nothing was done.`)
  await withLog(config, async (log, settings) => {
    if (audited !== undefined) {
      const ends = until === undefined ? {} : { until }
      const bodies = searched.map((target) => ({
        kind: 'suppress' as const,
        target,
        reason: audited,
        ...ends,
      }))
      await order({ log, settings }, bodies)
      return
    }
    const curation = await EntryCuration.read(log, settings.topics.knownHashes, () => false)
    const at = new Date().toISOString()
    for (const { type, value } of searched)
      // Of a type that is searched: selectedValues has checked the value.
      if (isHashType(type))
        curation.suppress({ type, value: value as HashValue, id: randomUUID(), at, until })
    await curation.publish()
    await new StandardOutput().line(`${searched.length} suppressed`)
  })
}

async function unsuppressValues(
  file: string,
  { reason, unaudited, ...config }: DecideOptions,
): Promise<void> {
  const audited = auditedReason(reason, unaudited)
  const values = await selectedValues(file)
  const isMeant = matcherOf({ selected: values })
  await withLog(config, async (log, settings) => {
    if (audited !== undefined) {
      const bodies = values.map((target) => ({ kind: 'unsuppress' as const, target, reason: audited }))
      await order({ log, settings }, bodies)
      return
    }
    const curation = await EntryCuration.read(log, settings.topics.knownHashes, isMeant)
    const ended = curation.unsuppress(isMeant)
    if (ended === 0) throw new ListsError('No suppression of these values was found. Nothing was changed.')
    await curation.publish()
    await new StandardOutput().line(`${ended} ended`)
  })
}

const isOfList = ({ source }: Entry): boolean => source !== CURATION_SOURCE

const noneFound = (): ListsError => new ListsError('No list has an entry of these. Nothing was changed.')

/** The reason, if there is an audit that keeps it. @throws ListsError without a reason, or without an audit where none was waived */
function auditedReason(reason: string | undefined, unaudited: true | undefined): string | undefined {
  if (reason === undefined || reason.trim() === '')
    throw new ListsError('Why? Pass --reason. Nothing was done.')
  if (namesDatabase(process.env)) {
    if (unaudited)
      throw new ListsError(
        'DATABASE_URL is set, so the audit keeps it: leave --unaudited out. Nothing was done.',
      )
    return reason
  }
  if (!unaudited)
    throw new ListsError(
      'DATABASE_URL is not set, so no audit would say who did this and why. Set it, or pass --unaudited. Nothing was done.',
    )
  console.error(`No audit will say who did this and why: ${JSON.stringify(reason)}`)
  return undefined
}

function entryBody(kind: 'disable' | 'enable', entry: Entry, reason: string, until?: string): CurateBody {
  const { type, value, source, sourceId } = entry
  const target = { type, value, source, sourceId }
  if (kind === 'enable') return { kind, target, reason }
  return { kind, target, reason, ...(until === undefined ? {} : { until }) }
}

interface OrderParts {
  readonly log: EventLog
  readonly settings: Settings
}

/** Writes them to the store with their entries of the audit, and publishes them, or leaves that to the process that does. */
async function order({ log, settings }: OrderParts, bodies: readonly CurateBody[]): Promise<void> {
  if (bodies.length === 0) throw noneFound()
  if (bodies.length > MOST_AUDITED)
    throw new ListsError(
      `These are ${bodies.length} entries, and each is an entry of the audit: at most ${MOST_AUDITED} at a time. Nothing was changed.`,
    )
  const db = connect(databasesOf(process.env).databaseUrl, { connections: 2 })
  const context = { db, settings: settings.review, clock: storeClock }
  try {
    for (const body of bodies) await orderCuration(context, `cli:${userInfo().username}`, body)
    const isPublished = await publishWaiting({ db, clock: storeClock, log, topics: settings.topics })
    const what = isPublished ? 'published' : 'stored: the review service publishes them within a minute'
    await new StandardOutput().line(`${bodies.length} decided and audited; ${what}`)
  } finally {
    await db.destroy()
  }
}
