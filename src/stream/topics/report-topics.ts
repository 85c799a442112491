// The topics of reports: one for all platforms, or one for each.
import { Compile } from 'typebox/compile'
import { PlatformName } from '../../contract/primitives.ts'
import type { EventLog } from '../../log/event-log.ts'

/** Names of the topics that the review service writes to. */
export interface ReviewTopicNames {
  readonly decisions: string
  readonly outcomes: string
  readonly auditCheckpoints: string
}

/** Names of the topics of one deployment. */
export interface TopicNames extends Partial<ReviewTopicNames> {
  readonly reports: string
  /** Each platform writes to a topic of its own, `<reports>.<platform>`, which Kafka's ACLs let it alone write to. */
  readonly reportsPerPlatform?: boolean | undefined
  readonly knownHashes: string
  readonly hits: string
  readonly deadLetters: string
  readonly status?: string
  readonly lists?: string
}

/** A platform that can't have a topic. The message names it and says why. */
export class PlatformError extends Error {
  readonly code = 'PLATFORM'
  override readonly name = 'PlatformError'
}

const platformName = Compile(PlatformName)

/** The topic of a platform's reports. @throws PlatformError if that name is taken by another topic, or is no name. */
export function reportTopic(names: TopicNames, platform: string): string {
  if (!names.reportsPerPlatform) return names.reports
  const topic = `${names.reports}.${platform}`
  if (platformOf(names, topic) === platform) return topic
  throw new PlatformError(
    `No platform's topic can be named ${topic}: that is another topic of this deployment, or no name of a platform. Name the platform, or that topic, otherwise.`,
  )
}

/** The platform that owns this topic, where each has one; undefined for any other topic. */
export function platformOf(names: TopicNames, topic: string): string | undefined {
  const { reports, reportsPerPlatform, ...others } = names
  if (!reportsPerPlatform || !topic.startsWith(`${reports}.`)) return undefined
  // The dead letters' own name is `reports.dlq`.
  if (Object.values(others).includes(topic)) return undefined
  const platform = topic.slice(reports.length + 1)
  return platformName.Check(platform) ? platform : undefined
}

/** The topics of reports: a name, or a rule that also recognises topics that are created later. */
export const reportTopics = (names: TopicNames): readonly string[] | ((topic: string) => boolean) =>
  names.reportsPerPlatform ? (topic) => isReportTopic(names, topic) : [names.reports]

/** Whether records of this topic are read as reports. */
export const isReportTopic = (names: TopicNames, topic: string): boolean =>
  names.reportsPerPlatform ? platformOf(names, topic) !== undefined : topic === names.reports

/** The topics of reports that exist now. */
export async function reportTopicsNow(
  log: Pick<EventLog, 'topics'>,
  names: TopicNames,
): Promise<readonly string[]> {
  const chosen = reportTopics(names)
  return typeof chosen === 'function' ? (await log.topics()).filter(chosen) : chosen
}
