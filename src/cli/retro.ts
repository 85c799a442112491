import { Command, InvalidArgumentError } from 'commander'
import { sha256Hex } from '../contract/json.ts'
import { PackedKnownSet } from '../known/packed/packed-known-set.ts'
import { Matcher } from '../matcher/matcher.ts'
import { policyDigest, type Policy } from '../policy/policy.ts'
import { loadPolicy } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { groupLag } from '../stream/topics/group-lag.ts'
import { KnownSetFeed } from '../stream/feed/known-set-feed.ts'
import { changesOf, type Selection } from '../stream/retro/changes.ts'
import { lookBackOnce } from '../stream/retro/look-back-once.ts'
import { Pace } from '../stream/retro/pace.ts'
import { retroGroup } from '../stream/retro/retro-stream.ts'
import { Health } from '../telemetry/health.ts'
import { createLogger } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { restoreForMatching, snapshotPlace } from './known-set-snapshot.ts'
import { CONFIG_OPTION, tellOnStderr, untilSignal, withLog, type ConfigOption } from './session.ts'

const PROGRESS_EVERY_MS = 10_000

interface RetroOptions extends ConfigOption {
  readonly since?: Date
  readonly source?: string
  readonly share: number
  readonly policy?: string
}

/** Something that the command can't do as it was asked to; the message says what to do. */
class RetroError extends Error {
  readonly code = 'RETRO'
  override readonly name = 'RetroError'
}

export const retroCommand = (): Command =>
  new Command('retro')
    .description(
      'match retained reports again, those that some changes of known-hashes touch; goes on where it was stopped',
    )
    .option('--since <time>', 'changes since then, for example 2026-03-04T05:06:07Z', parseTime)
    .option('--source <name>', 'changes of this list')
    .option('--share <n>', 'of the time, how much to spend: above 0, up to 1', parseShare, 1)
    .option(...CONFIG_OPTION)
    .option('--policy <file>', 'policy file (default: config/policy.yaml)')
    .action(retro)

async function retro({ since, source, share, policy: policyFile, ...config }: RetroOptions): Promise<void> {
  if (since === undefined && source === undefined)
    throw new RetroError('Which changes? Pass --since, --source, or both.')
  const policy = loadPolicy(policyFile)
  const stopping = new AbortController()
  void untilSignal().then(() => stopping.abort())
  await withLog(
    config,
    async (log, settings) => {
      const selection = { sinceMs: since?.getTime() ?? -Infinity, source }
      const outcome = await lookBackAt(log, settings, policy, selection, share, stopping.signal)
      console.log(outcome)
    },
    tellOnStderr(),
  )
}

/** Returns what to tell of it. */
async function lookBackAt(
  log: EventLog,
  settings: Settings,
  policy: Policy,
  selection: Selection,
  share: number,
  signal: AbortSignal,
): Promise<string> {
  const { topics, match } = settings
  const metrics = createMetrics({ ofProcess: false })
  const { touched, to } = await changesOf(log, topics.knownHashes, selection)
  if (touched.size === 0) return `No such change in ${topics.knownHashes}: nothing to look back for.`
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {})
  const onSetLost = (): void =>
    lost.reject(
      new RetroError(`${topics.knownHashes} was made again meanwhile, or can't be read: run this once more.`),
    )
  const { set, feed } = await openSet(log, settings, metrics, signal, onSetLost)
  const liveLagRecords = (): Promise<number> => groupLag(log, match.group, topics)
  const { maxLagRecords } = match.retro
  const tell = async (): Promise<void> => {
    const isBehind = (await liveLagRecords()) > maxLagRecords
    console.error(`${await counts(metrics)}${isBehind ? '; waiting: live matching is behind' : ''}`)
  }
  const telling = setInterval(() => void tell().catch(() => {}), PROGRESS_EVERY_MS)
  try {
    await feed.start()
    await Promise.race([feed.catchUp(), lost.promise])
    const { topicId } = set.position
    if (topicId === undefined || !feed.isUsable)
      throw new RetroError(
        `${topics.knownHashes} holds no set to match against: see \`hashwarden topics plan\`.`,
      )
    const lookingBack = lookBackOnce({
      log,
      topics,
      policy,
      matcher: new Matcher(set, policy),
      pace: new Pace({ share, maxLagRecords, liveLagRecords }),
      metrics,
      touched,
      topicId,
      to,
      group: `${retroGroup(match.group)}-${workId(topicId, to, selection, policy)}`,
      signal,
    })
    const outcome = await Promise.race([lookingBack, lost.promise])
    if (outcome === 'was-finished')
      return 'An earlier run has looked back for these changes, and there are none since.'
    const what = `${touched.size} values, ${await counts(metrics)}`
    return outcome === 'finished' ? `Done: ${what}.` : `Stopped: ${what}. The same command goes on from here.`
  } finally {
    clearInterval(telling)
    await feed.stop()
    await set.close()
  }
}

async function counts({ retroReports, retroHits }: Metrics): Promise<string> {
  const [{ value: reports }] = (await retroReports.get()).values
  const [{ value: hits }] = (await retroHits.get()).values
  return `${reports} reports looked at, ${hits} retroactive hits`
}

/** The same for the same changes, judged by the same rules: whoever has begun that work, it goes on. */
const workId = (topicId: string, to: number, { sinceMs, source = '' }: Selection, policy: Policy): string =>
  sha256Hex([topicId, to, sinceMs, source, policyDigest(policy)].join()).slice(0, 16)

/** The known set, from its snapshot if there is one, and the feed that will read on. */
async function openSet(
  log: EventLog,
  settings: Settings,
  metrics: Metrics,
  signal: AbortSignal,
  onSetLost: () => void,
): Promise<{ readonly set: PackedKnownSet; readonly feed: KnownSetFeed }> {
  const { topics, match } = settings
  const logger = createLogger('warn')
  const health = new Health()
  const place = match.snapshot && (await snapshotPlace(match.snapshot))
  const context = { log, settings, metrics, health, logger, signal, threads: 0 }
  const restored = place && (await restoreForMatching(place, context))
  const set = restored?.set ?? new PackedKnownSet(match)
  const feed = new KnownSetFeed({
    log,
    topic: topics.knownHashes,
    set,
    landmarks: restored?.landmarks,
    minEntries: match.minEntries,
    metrics,
    health,
    logger,
    onSetLost,
  })
  return { set, feed }
}

function parseTime(text: string): Date {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}(T.*Z)?$/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('Expected a date or a time in UTC, for example 2026-03-04T05:06:07Z.')
}

function parseShare(text: string): number {
  const share = Number(text)
  if (share > 0 && share <= 1) return share
  throw new InvalidArgumentError('Expected a number above 0, up to 1.')
}
