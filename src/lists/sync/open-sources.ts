// From the settings of a source to its client and its intake.
import { readSecret } from '../../secrets/secret.ts'
import type { SourceSettings } from '../../settings/source-settings.ts'
import { loadCsvMapping } from '../formats/load-mapping.ts'
import { FORMAT_NAMES, type FormatName } from '../formats/formats.ts'
import { formatTerms } from '../import/format-terms.ts'
import { GATE_LIMITS } from '../import/gate.ts'
import { openIntake } from '../import/intake.ts'
import type { IntakeTerms } from '../import/terms.ts'
import { loadScheme } from '../schemes/load-scheme.ts'
import { FileClient } from './file-client.ts'
import { FolderClient } from './folder-client.ts'
import { basic, type Connection } from './https-request.ts'
import type { ListClient } from './list-client.ts'
import { NcmecClient } from './ncmec-client.ts'
import { settingsDigest } from './settings-digest.ts'
import { SourceError } from './source-error.ts'
import { StopNciiClient } from './stopncii-client.ts'
import type { SyncedSource } from './sync-daemon.ts'
import { TatClient } from './tat-client.ts'
import { ThreatExchangeClient } from './threatexchange-client.ts'
import type { ListForm } from './whole-file.ts'

const MINUTE_MS = 60_000
const EVERY_MINUTES = 10
/** A folder is on this machine. */
const FOLDER_EVERY_MINUTES = 0.1
const STALE_AFTER_INTERVALS = 3
const STALE_AFTER_MINUTES = 60
const FIRST_DAY = '2000-01-01'
const STOPNCII_PAGE_SIZE = 800

/** The sources as the daemon polls them. Throws if a scheme or a format is not there; secrets are read for each request. */
export function openSources(
  sources: readonly SourceSettings[],
  knownHashes: string,
  clock: () => number = Date.now,
): readonly SyncedSource[] {
  return sources.map((source) => {
    const { name, kind, everyMinutes = kind === 'folder' ? FOLDER_EVERY_MINUTES : EVERY_MINUTES } = source
    const staleAfter =
      source.staleAfterMinutes ?? Math.max(STALE_AFTER_MINUTES, STALE_AFTER_INTERVALS * everyMinutes)
    const terms = termsOf(source)
    return {
      name,
      kind,
      everyMs: everyMinutes * MINUTE_MS,
      staleAfterMs: staleAfter * MINUTE_MS,
      limits: {
        ...GATE_LIMITS,
        ...(source.removesShare === undefined ? {} : { removedShare: source.removesShare }),
      },
      client: clientOf(source, clock),
      openIntake: (log) => openIntake(log, knownHashes, terms),
      settings: settingsDigest(source, terms),
      isReplacing: terms.repeats === 'replace',
    }
  })
}

/** A server's pages have the format of its kind. */
function termsOf(source: SourceSettings): IntakeTerms {
  const { name, purpose, handling } = source
  const { classification, role } = 'format' in source ? source : NEITHER
  const scheme = source.scheme === undefined ? undefined : loadScheme(source.scheme)
  const said = {
    ...(scheme && { scheme }),
    ...(classification && { classification }),
  }
  return {
    ...formatTerms('format' in source ? formatNameOf(source) : source.kind, said),
    ...said,
    source: name,
    ...(role && { role }),
    ...(purpose && { purpose }),
    ...(handling && { handling }),
  }
}

type FileSource = Extract<SourceSettings, { format: string }>
/** Of servers of one list. */
const NEITHER: Pick<FileSource, 'classification' | 'role'> = {}

/** A source that can't be opened as its settings say. */
class SourceSettingsError extends Error {
  readonly code = 'SOURCE_SETTINGS'
  override readonly name = 'SourceSettingsError'
}

function formatNameOf({ name, format }: FileSource): FormatName {
  const known = FORMAT_NAMES.find((one) => one === format)
  if (known !== undefined) return known
  throw new SourceSettingsError(
    `The source ${name} names the format ${format}, which is none: it must be one of ${FORMAT_NAMES.join(', ')}.`,
  )
}

const openOptionsOf = (source: FileSource): ListForm => ({
  format: formatNameOf(source),
  role: source.role,
  mapping: source.mapping === undefined ? undefined : loadCsvMapping(source.mapping),
})

function clientOf(source: SourceSettings, clock: () => number): ListClient {
  const { kind } = source
  if (kind === 'folder') {
    const { path, complete = false } = source
    return new FolderClient({ path, form: openOptionsOf(source), isComplete: complete })
  }
  const common = { base: source.base, connection: connectionOf(source) }
  if (kind === 'ncmec') {
    const authorization = (): string => basic(source.username, secret(source.password, 'password', source))
    return new NcmecClient({
      ...common,
      clock,
      authorization,
      sinceMs: Date.parse(source.since ?? FIRST_DAY),
    })
  }
  if (kind === 'stopncii') {
    const credentials = (): Record<string, string> => ({
      'x-functions-key': secret(source.functionsKey, 'functionsKey', source),
      'Ocp-Apim-Subscription-Key': secret(source.subscriptionKey, 'subscriptionKey', source),
    })
    return new StopNciiClient({
      ...common,
      clock,
      credentials,
      pageSize: source.pageSize ?? STOPNCII_PAGE_SIZE,
    })
  }
  if (kind === 'tat') {
    const { username } = source
    const credentials = () => ({ username, password: secret(source.password, 'password', source) })
    return new TatClient({ ...common, credentials })
  }
  if (kind === 'threatexchange') {
    const { privacyGroup } = source
    const token = (): string => secret(source.token, 'token', source)
    return new ThreatExchangeClient({ ...common, clock, privacyGroup, token })
  }
  const { base: url, ...rest } = common
  const credentials = (): Record<string, string> => fileCredentials(source)
  return new FileClient({ ...rest, url, form: openOptionsOf(source), credentials })
}

function fileCredentials(source: Extract<SourceSettings, { kind: 'https' }>): Record<string, string> {
  const { username, password, token } = source
  if (token !== undefined) return { authorization: `Bearer ${secret(token, 'token', source)}` }
  if (username === undefined || password === undefined) return {}
  return { authorization: basic(username, secret(password, 'password', source)) }
}

/** Read for each request, so that it can be replaced in place. A failure is this source's, and not the daemon's end. */
function secret(place: Parameters<typeof readSecret>[0], setting: string, { name }: SourceSettings): string {
  try {
    return readSecret(place, `${setting} of the source ${name}`)
  } catch (error) {
    throw new SourceError('credentials', error instanceof Error ? error.message : 'A secret cannot be read.')
  }
}

const connectionOf = (source: Extract<SourceSettings, { base: string }>): Connection => ({
  tls: source.tls,
  ...(source.timeoutSeconds === undefined ? {} : { timeoutMs: source.timeoutSeconds * 1000 }),
})
