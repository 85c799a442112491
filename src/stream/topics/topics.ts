// The topics as the guarantees need them: what they lack (`topics plan`), and how they get it (`topics apply`).
import { randomUUID } from 'node:crypto'
import type { EventLog, LogRecord, TopicDescription } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'
import { durabilityConfig, durabilityProblems, replicationRisks } from './durability.ts'
import { platformOf, reportTopic, type ReviewTopicNames, type TopicNames } from './report-topics.ts'

const DAY_MS = 86_400_000
/** Ten years: decisions and outcomes at most, signed states of the audit at least. */
const DECISIONS_KEPT_DAYS = 3_653

/** How long known-hashes keeps the record of a removal, in milliseconds, at least. */
const DELETE_RETENTION_MS = 30 * DAY_MS
/**
 * Greatest age of a state of known-hashes from which reading may go on, in milliseconds: compaction may have dropped
 * later removals from an older one. One day less than the topic keeps them, for safety.
 */
export const SNAPSHOT_MAX_AGE_MS = DELETE_RETENTION_MS - DAY_MS

/** One thing that is not as the guarantees need it. */
export interface TopicProblem {
  readonly topic: string
  readonly problem: string
  /** Whether `topics apply` can fix it. */
  readonly isFixable: boolean
  /** The settings that fix it; none where the topic must be created. */
  readonly config?: Readonly<Record<string, string>>
  /** Whether only those that share the known hashes need it fixed. */
  readonly isForSharing?: boolean
}

/** What was found out about the topics. */
export interface TopicPlan {
  /** The topics that exist. */
  readonly topics: readonly TopicDescription[]
  /** What breaks a guarantee. Empty: the topics keep what hashwarden promises. */
  readonly problems: readonly TopicProblem[]
  /** What too few replicas risk, in sentences for a person. */
  readonly risks: readonly string[]
}

/** Key of the record of known-hashes that names the topic: offsets of another topic mean nothing for a set. */
export const TOPIC_RECORD_KEY = '_topic'

/** A topic as its guarantees need it. */
export interface WantedTopic extends TopicDescription {
  /** Settings that may also be greater. */
  readonly atLeast?: readonly string[]
  /** Settings that only those need who share the known hashes. The version before has topics without them. */
  readonly forSharing?: readonly string[]
  /** What its order is, of a topic of one partition. */
  readonly orderIs?: string
}

const kept = (days: number): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(days * DAY_MS),
  // By the broker's clock: a submitter's old timestamp can't expire a report.
  'message.timestamp.type': 'LogAppendTime',
})

/** The topics as their guarantees need them. Where each platform has one, those of these platforms. */
export function wantedTopics(
  names: TopicNames,
  partitions: number,
  platforms: readonly string[] = [],
): readonly WantedTopic[] {
  const reports = names.reportsPerPlatform
    ? platforms.map((platform) => reportTopic(names, platform))
    : [names.reports]
  return [
    ...reports.map((topic) => ({ topic, partitions, config: kept(30) })),
    {
      topic: names.knownHashes,
      // Its order is the set's history, and a position is one offset.
      partitions: 1,
      orderIs: "the set's history",
      config: {
        'cleanup.policy': 'compact',
        'delete.retention.ms': String(DELETE_RETENTION_MS),
        // By the broker's clock: a reader of shared hashes asks for changes since a time, and would miss one that came
        // with an older time.
        'message.timestamp.type': 'LogAppendTime',
      },
      atLeast: ['delete.retention.ms'],
      forSharing: ['message.timestamp.type'],
    },
    { topic: names.hits, partitions, config: kept(90) },
    { topic: names.deadLetters, partitions, config: kept(30) },
  ]
}

/** The topics of the review service. A matcher does without. */
export const reviewTopics = (
  { decisions, outcomes, auditCheckpoints }: ReviewTopicNames,
  partitions: number,
): readonly WantedTopic[] => [
  { topic: decisions, partitions, config: kept(DECISIONS_KEPT_DAYS) },
  { topic: outcomes, partitions, config: kept(DECISIONS_KEPT_DAYS) },
  {
    topic: auditCheckpoints,
    partitions: 1,
    orderIs: "the audit's history",
    config: kept(DECISIONS_KEPT_DAYS),
    // Each is a proof: operators may keep it for ever.
    atLeast: ['retention.ms'],
  },
]

const HOUR_MS = 3_600_000

/** The topic of what processes say of themselves. Without it they work all the same. */
export const statusTopic = (topic: string): WantedTopic => ({
  topic,
  partitions: 1,
  config: {
    'cleanup.policy': 'delete',
    'retention.ms': String(HOUR_MS),
    // Kafka deletes whole segments: without this one they would be a week long.
    'segment.ms': String(HOUR_MS / 6),
    'message.timestamp.type': 'LogAppendTime',
  },
  orderIs: "each process's history",
})

/** The topic of what processes say of lists. The known set does without; `hashset sync` does not. */
export const listsTopic = (topic: string): WantedTopic => ({
  topic,
  partitions: 1,
  config: { 'cleanup.policy': 'compact' },
  orderIs: "each source's history",
})

/** The topic of API keys. Only gateways need it. */
export const keysTopic = (topic: string): WantedTopic => ({
  topic,
  partitions: 1,
  config: { 'cleanup.policy': 'compact' },
  orderIs: "each key's history",
})

/**
 * The topics as their guarantees need them, of the named platforms and of those that have a topic already.
 * @throws TopicsError if each platform should have a topic and none has.
 */
export async function wantedTopicsOf(
  log: EventLog,
  names: TopicNames,
  partitions: number,
  platforms: readonly string[] = [],
): Promise<readonly WantedTopic[]> {
  if (!names.reportsPerPlatform) return wantedTopics(names, partitions)
  const present = (await log.topics()).map((topic) => platformOf(names, topic))
  const all = new Set([...platforms, ...present.filter((platform) => platform !== undefined)])
  if (all.size > 0) return wantedTopics(names, partitions, [...all].sort())
  const problem = 'no platform has a topic yet: `hashwarden topics apply --platform NAME` creates it'
  throw new TopicsError([{ topic: `${names.reports}.<platform>`, problem, isFixable: false }])
}

/** Compares the topics with what the guarantees need. */
export async function planTopics(log: EventLog, wanted: readonly WantedTopic[]): Promise<TopicPlan> {
  const topics = await log.describe(wanted.map(({ topic }) => topic))
  const existing = new Map(topics.map((one) => [one.topic, one]))
  const problems = wanted.flatMap((want) => compare(want, existing.get(want.topic)))
  return { topics, problems, risks: replicationRisks(topics) }
}

/** The problems with which a matcher would not keep its promises. */
export const matchingProblems = ({ problems }: TopicPlan): readonly TopicProblem[] =>
  problems.filter(({ isForSharing }) => isForSharing !== true)

function compare(want: WantedTopic, have: TopicDescription | undefined): readonly TopicProblem[] {
  const { topic } = want
  if (!have) return [{ topic, problem: 'does not exist', isFixable: true }]
  const problems: TopicProblem[] = Object.entries(want.config)
    .filter(([setting, value]) => !isEnough(want, setting, value, have.config[setting]))
    .map(([setting, value]) => ({
      topic,
      problem: `${setting} is ${have.config[setting] ?? 'unset'} and must be ${boundOf(want, setting)}${value}`,
      isFixable: true,
      config: { [setting]: value },
      ...(want.forSharing?.includes(setting) ? { isForSharing: true } : {}),
    }))
  for (const { setting, value, problem } of durabilityProblems(have))
    problems.push({ topic, problem, isFixable: true, config: { [setting]: value } })
  if (want.partitions === 1 && have.partitions !== 1) {
    const problem = `has ${have.partitions} partitions and must have one: its order is ${want.orderIs}. Create it again.`
    problems.push({ topic, problem, isFixable: false })
  }
  return problems
}

/** How a setting that need not equal what we want compares with it, in words. */
function boundOf(want: WantedTopic, setting: string): string {
  if (want.atLeast?.includes(setting)) return 'at least '
  return setting === 'retention.ms' ? 'above 0 and at most ' : ''
}

/** Whether a topic's setting keeps the guarantee: mostly equality. -1 is unlimited. */
function isEnough(want: WantedTopic, setting: string, wanted: string, have: string | undefined): boolean {
  if (have === undefined) return false
  if (want.atLeast?.includes(setting)) return Number(have) >= Number(wanted) || Number(have) === -1
  // Less than the longest permitted time is the operator's choice; unlimited or longer is not.
  if (setting === 'retention.ms') return Number(have) > 0 && Number(have) <= Number(wanted)
  return have === wanted
}

/**
 * Creates missing topics, fixes the settings that break a guarantee and leaves all others as they are, and writes the
 * record that names known-hashes. Returns the plan that it has carried out.
 * @throws TopicsError if there is something that it can't fix; then it has changed nothing.
 */
export async function applyTopics(
  log: EventLog,
  wanted: readonly WantedTopic[],
  names: TopicNames,
  replicationFactor: number,
): Promise<TopicPlan> {
  const plan = await planTopics(log, wanted)
  const stuck = plan.problems.filter(({ isFixable }) => !isFixable)
  if (stuck.length > 0) throw new TopicsError(stuck)
  const existing = new Map(plan.topics.map((one) => [one.topic, one]))
  for (const want of wanted) {
    const have = existing.get(want.topic)
    if (have) await fix(log, have, plan.problems)
    else {
      const config = { ...want.config, ...durabilityConfig(replicationFactor) }
      const { topic, partitions } = want
      await log.createTopic({ topic, partitions, config }, replicationFactor)
    }
  }
  if ((await readTopicId(log, names.knownHashes)) === undefined) {
    const value = JSON.stringify({ schema: 'topic/1', topicId: randomUUID() })
    await log.produce(names.knownHashes, [{ key: TOPIC_RECORD_KEY, value }])
  }
  return plan
}

/** Sets the wrong settings of one topic, in one request. */
async function fix(
  log: EventLog,
  { topic, partitions }: TopicDescription,
  problems: readonly TopicProblem[],
): Promise<void> {
  const config: Record<string, string> = {}
  for (const problem of problems) if (problem.topic === topic) Object.assign(config, problem.config)
  if (Object.keys(config).length > 0) await log.alterTopic({ topic, partitions, config })
}

/** Reads the UUID out of a record `_topic`. */
export function decodeTopicId(value: Buffer | null): string | undefined {
  const text = value?.toString('utf8') ?? ''
  return /^\{"schema":"topic\/1","topicId":"([0-9a-f-]{36})"\}$/.exec(text)?.[1]
}

/** The UUID of the topic known-hashes, or undefined if it has no record `_topic`. `signal` ends the look. */
export async function readTopicId(
  log: EventLog,
  topic: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const [{ partition, earliest, end }] = await log.offsets(topic)
  // It is the first record that the topic gets: mostly the first look finds it, and a set of millions isn't read.
  for (const to of [Math.min(earliest + 1, end), end]) {
    let topicId: string | undefined
    const onRecord = ({ key, value }: LogRecord): void => {
      if (key?.toString('utf8') === TOPIC_RECORD_KEY) topicId = decodeTopicId(value) ?? topicId
    }
    await readRange(log, topic, new Map([[partition, { from: earliest, to }]]), onRecord, signal)
    if (topicId !== undefined) return topicId
  }
  return undefined
}

/** Topics that break a guarantee: matching on them would break a promise. */
export class TopicsError extends Error {
  readonly code = 'TOPICS'
  override readonly name = 'TopicsError'

  constructor(problems: readonly TopicProblem[]) {
    const lines = problems.map(({ topic, problem }) => `  ${topic}: ${problem}`)
    const advice = problems.every(({ isFixable }) => isFixable)
      ? '\n`hashwarden topics apply` fixes this.'
      : ''
    super(`Topics that would break a guarantee:\n${lines.join('\n')}${advice}`)
  }
}
