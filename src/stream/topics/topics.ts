import { randomUUID } from 'node:crypto'
import type { EventLog, TopicDescription } from '../../log/event-log.ts'
import { readRange } from '../../log/read-to-end.ts'
import { platformOf, reportTopic, type TopicNames } from './report-topics.ts'

export type { TopicNames } from './report-topics.ts'

const DAY_MS = 86_400_000

/** How long known-hashes remembers a removal at least. */
const DELETE_RETENTION_MS = 30 * DAY_MS
/** An older state of known-hashes can't be read on: compaction may have dropped removals since. A day for safety. */
export const SNAPSHOT_MAX_AGE_MS = DELETE_RETENTION_MS - DAY_MS

/** One thing that is not as the guarantees need it, in words, and whether `apply` can mend it. */
export interface TopicProblem {
  readonly topic: string
  readonly problem: string
  readonly mendable: boolean
}

/** Key of the record of known-hashes that names the topic: a set read from another topic has other positions. */
export const TOPIC_RECORD_KEY = '_topic'

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
): readonly TopicDescription[] {
  const reports = names.reportsPerPlatform
    ? platforms.map((platform) => reportTopic(names, platform))
    : [names.reports]
  return [
    ...reports.map((topic) => ({ topic, partitions, config: kept(30) })),
    {
      topic: names.knownHashes,
      // Its order is the set's history, and a position one offset.
      partitions: 1,
      config: { 'cleanup.policy': 'compact', 'delete.retention.ms': String(DELETE_RETENTION_MS) },
    },
    { topic: names.hits, partitions, config: kept(90) },
    { topic: names.deadLetters, partitions, config: kept(30) },
  ]
}

/**
 * The topics as their guarantees need them, of the platforms that have one already and of those named. Throws TopicsError
 * if each platform should have one and none has.
 */
export async function wantedTopicsOf(
  log: EventLog,
  names: TopicNames,
  partitions: number,
  platforms: readonly string[] = [],
): Promise<readonly TopicDescription[]> {
  if (!names.reportsPerPlatform) return wantedTopics(names, partitions)
  const present = (await log.topics()).map((topic) => platformOf(names, topic))
  const all = new Set([...platforms, ...present.filter((platform) => platform !== undefined)])
  if (all.size > 0) return wantedTopics(names, partitions, [...all].sort())
  const problem = 'no platform has a topic yet: `hashwarden topics apply --platform NAME` makes it'
  throw new TopicsError([{ topic: `${names.reports}.<platform>`, problem, mendable: false }])
}

/** What is missing or differs. Empty: the topics hold what hashwarden promises. */
export async function planTopics(
  log: EventLog,
  wanted: readonly TopicDescription[],
): Promise<readonly TopicProblem[]> {
  const existing = new Map(
    (await log.describe(wanted.map(({ topic }) => topic))).map((one) => [one.topic, one]),
  )
  return wanted.flatMap((want) => compare(want, existing.get(want.topic)))
}

function compare(want: TopicDescription, have: TopicDescription | undefined): readonly TopicProblem[] {
  const { topic } = want
  if (!have) return [{ topic, problem: 'does not exist', mendable: true }]
  const problems = Object.entries(want.config)
    .filter(([setting, value]) => !isEnough(setting, value, have.config[setting]))
    .map(([setting, value]) => ({
      topic,
      problem: `${setting} is ${have.config[setting] ?? 'unset'} and must be ${value}`,
      mendable: true,
    }))
  if (want.partitions === 1 && have.partitions !== 1) {
    const problem = `has ${have.partitions} partitions and must have one: its order is the set's history. Make it again.`
    return [...problems, { topic, problem, mendable: false }]
  }
  return problems
}

/** Whether a topic's setting keeps the guarantee: mostly equality; deletions may be remembered for longer. */
function isEnough(setting: string, wanted: string, have: string | undefined): boolean {
  if (have === undefined) return false
  if (setting === 'delete.retention.ms') return Number(have) >= Number(wanted)
  // Less than the longest permitted time is the operator's choice; unlimited (-1) or longer is not.
  if (setting === 'retention.ms') return Number(have) > 0 && Number(have) <= Number(wanted)
  return have === wanted
}

/** Makes and mends the topics, and writes the record that names known-hashes. Throws on what it can't mend. */
export async function applyTopics(
  log: EventLog,
  wanted: readonly TopicDescription[],
  names: TopicNames,
  replicationFactor: number,
): Promise<readonly TopicProblem[]> {
  const problems = await planTopics(log, wanted)
  const stuck = problems.filter(({ mendable }) => !mendable)
  if (stuck.length > 0) throw new TopicsError(stuck)
  const existing = new Set((await log.describe(wanted.map(({ topic }) => topic))).map(({ topic }) => topic))
  for (const want of wanted) {
    if (!existing.has(want.topic)) await log.createTopic(want, replicationFactor)
    else if (problems.some(({ topic }) => topic === want.topic)) await log.alterTopic(want)
  }
  if ((await readTopicId(log, names.knownHashes)) === undefined) {
    const value = JSON.stringify({ schema: 'topic/1', topicId: randomUUID() })
    await log.produce(names.knownHashes, [{ key: TOPIC_RECORD_KEY, value }])
  }
  return problems
}

/** Reads the UUID out of a record `_topic`. */
export function decodeTopicId(value: Buffer | null): string | undefined {
  const text = value?.toString('utf8') ?? ''
  return /^\{"schema":"topic\/1","topicId":"([0-9a-f-]{36})"\}$/.exec(text)?.[1]
}

/** The UUID of the topic known-hashes, or undefined if it has no record `_topic`. */
export async function readTopicId(log: EventLog, topic: string): Promise<string | undefined> {
  const [{ partition, earliest, end }] = await log.offsets(topic)
  // The record is the first that the topic gets: mostly a look there is enough, and a set of millions isn't read.
  for (const to of [Math.min(earliest + 1, end), end]) {
    let topicId: string | undefined
    await readRange(log, topic, new Map([[partition, { from: earliest, to }]]), ({ key, value }) => {
      if (key?.toString('utf8') === TOPIC_RECORD_KEY) topicId = decodeTopicId(value) ?? topicId
    })
    if (topicId !== undefined) return topicId
  }
  return undefined
}

/** Topics that break a guarantee: matching on them would be a promise that isn't kept. */
export class TopicsError extends Error {
  readonly code = 'TOPICS'
  override readonly name = 'TopicsError'

  constructor(problems: readonly TopicProblem[]) {
    const lines = problems.map(({ topic, problem }) => `  ${topic}: ${problem}`)
    const advice = problems.every(({ mendable }) => mendable) ? '\n`hashwarden topics apply` mends this.' : ''
    super(`Topics that would break a guarantee:\n${lines.join('\n')}${advice}`)
  }
}
