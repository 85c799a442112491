// `hashwarden retro`: matches retained reports again, on demand.
import { Command, InvalidArgumentError } from 'commander'
import { sha256Hex } from '../contract/json.ts'
import { Matcher } from '../matcher/matcher.ts'
import { policyDigest, type Policy } from '../policy/policy.ts'
import { loadPolicy } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { groupLag } from '../stream/topics/group-lag.ts'
import type { OpenKnownSet } from '../stream/feed/open-known-set.ts'
import { HeldRecords } from '../stream/live/held-records.ts'
import { changesOf, type Changes, type Selection } from '../stream/retro/changes.ts'
import { lookBackOnce, type LookBackOutcome } from '../stream/retro/look-back-once.ts'
import { Pace } from '../stream/retro/pace.ts'
import { retroGroup } from '../stream/retro/retro-stream.ts'
import { Health } from '../telemetry/health.ts'
import { createLogger } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import type { Telemetry } from './match-service.ts'
import { openForMatching, snapshotPlace } from './known-set-snapshot.ts'
import { parseTime } from './option-values.ts'
import { CONFIG_OPTION, tellOnStderr, untilSignal, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

/** How often the command says how far it is. */
const PROGRESS_EVERY_MS = 10_000

interface RetroOptions extends ConfigOption {
  readonly since?: Date
  readonly source?: string
  readonly share: number
  readonly policy?: string
}

/** The command can't do its work; the message says what to do. */
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
      const outcome = await lookBackAt({ log, settings, policy, selection, share, signal: stopping.signal })
      await new StandardOutput().line(outcome)
    },
    tellOnStderr(),
  )
}

/** One run of the command. */
interface Job {
  readonly log: EventLog
  readonly settings: Settings
  readonly policy: Policy
  readonly selection: Selection
  /** Share of the time to spend: above 0, up to 1. */
  readonly share: number
  /** Stops it. */
  readonly signal: AbortSignal
}

/** Looks back for the selected changes. Returns what the person reads of it. */
async function lookBackAt(job: Job): Promise<string> {
  const { log, settings, selection } = job
  const { knownHashes } = settings.topics
  const changes = await changesOf(log, knownHashes, selection)
  if (changes.touched.size === 0) return `No such change in ${knownHashes}: nothing to look back for.`
  const metrics = createMetrics({ ofProcess: false })
  const telemetry = { metrics, health: new Health(), logger: createLogger('warn') }
  const opened = await open(job, telemetry)
  const telling = setInterval(() => void tellProgress(job, metrics).catch(() => {}), PROGRESS_EVERY_MS)
  try {
    const outcome = await lookBackWith(opened, changes, telemetry, job)
    if (outcome === 'was-finished')
      return 'An earlier run has looked back for these changes, and there are none since.'
    const what = `${changes.touched.size} values, ${await counts(metrics)}`
    return outcome === 'finished' ? `Done: ${what}.` : `Stopped: ${what}. The same command goes on from here.`
  } finally {
    clearInterval(telling)
    await opened.feed.stop()
    await opened.set.close()
  }
}

/** The known set, from its snapshot if there is one, and the feed that will read on. */
async function open({ log, settings, signal }: Job, telemetry: Telemetry): Promise<OpenKnownSet> {
  const { snapshot } = settings.match
  const place = snapshot && (await snapshotPlace(snapshot))
  return openForMatching({ log, settings, ...telemetry, place, signal, threads: 0 })
}

/** Reads the set to its end, and looks back. @throws SetLostError if the set is lost meanwhile. */
async function lookBackWith(
  { set, feed }: OpenKnownSet,
  { touched, to }: Changes,
  telemetry: Telemetry,
  { log, settings, policy, selection, share, signal }: Job,
): Promise<LookBackOutcome> {
  const { topics, match } = settings
  await feed.start()
  await feed.catchUp()
  const { topicId } = set.position
  if (topicId === undefined || !feed.isUsable)
    throw new RetroError(
      `${topics.knownHashes} holds no set to match against: see \`hashwarden topics plan\`.`,
    )
  const { maxLagRecords } = match.retro
  const liveLagRecords = (): Promise<number> => groupLag(log, match.group, topics)
  const outcome = await lookBackOnce({
    log,
    topics,
    policy,
    matcher: new Matcher(set, policy),
    pace: new Pace({ share, maxLagRecords, liveLagRecords }),
    metrics: telemetry.metrics,
    held: new HeldRecords({ ...telemetry, of: 'looking-back', topics: [topics.hits] }),
    touched,
    topicId,
    to,
    group: `${retroGroup(match.group)}-${workId(topicId, to, selection, policy)}`,
    signal: AbortSignal.any([signal, feed.lost]),
  })
  feed.lost.throwIfAborted()
  return outcome
}

async function tellProgress({ log, settings }: Job, metrics: Metrics): Promise<void> {
  const { topics, match } = settings
  const isBehind = (await groupLag(log, match.group, topics)) > match.retro.maxLagRecords
  console.error(`${await counts(metrics)}${isBehind ? '; waiting: live matching is behind' : ''}`)
}

async function counts({ retroReports, retroHits }: Metrics): Promise<string> {
  const [{ value: reports }] = (await retroReports.get()).values
  const [{ value: hits }] = (await retroHits.get()).values
  return `${reports} reports looked at, ${hits} retroactive hits`
}

/** Deterministic id of (changes, policy), so that a second run of the command resumes the progress of the first. */
const workId = (topicId: string, to: number, { sinceMs, source = '' }: Selection, policy: Policy): string =>
  sha256Hex([topicId, to, sinceMs, source, policyDigest(policy)].join()).slice(0, 16)

function parseShare(text: string): number {
  const share = Number(text)
  if (share > 0 && share <= 1) return share
  throw new InvalidArgumentError('Expected a number above 0, up to 1.')
}
