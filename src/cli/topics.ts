// `hashwarden topics`: what the Kafka topics lack, and how they get it.
import { Command } from 'commander'
import type { EventLog, TopicDescription } from '../log/event-log.ts'
import type { Settings } from '../settings/settings.ts'
import { publishCanaries } from '../stream/topics/canary-entries.ts'
import {
  applyTopics,
  keysTopic,
  listsTopic,
  planTopics,
  reviewTopics,
  statusTopic,
  wantedTopicsOf,
  type TopicPlan,
  type WantedTopic,
} from '../stream/topics/topics.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface TopicsOptions extends ConfigOption {
  readonly platform?: readonly string[]
}

const PLATFORM_OPTION = [
  '--platform <name...>',
  'platforms that must have a topic, too, where each has its own (topics.reportsPerPlatform)',
] as const

export const topicsCommand = (): Command =>
  new Command('topics')
    .description('create the Kafka topics, or see what they lack')
    .addCommand(
      new Command('plan')
        .description('print what `apply` would do')
        .option(...PLATFORM_OPTION)
        .option(...CONFIG_OPTION)
        .action(plan),
    )
    .addCommand(
      new Command('apply')
        .description(
          'create missing topics, fix settings, name the known-hash topic, and publish its canaries',
        )
        .option(...PLATFORM_OPTION)
        .option(...CONFIG_OPTION)
        .action(apply),
    )

async function plan({ platform, ...options }: TopicsOptions): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const wanted = await allTopics(log, { topics, provision }, platform)
    const found = await planTopics(log, wanted)
    const output = new StandardOutput()
    for (const topic of found.topics) await output.line(describe(topic))
    for (const { topic, problem } of found.problems) await output.line(`${topic}: ${problem}`)
    warn(found)
    if (found.problems.length === 0) await output.line(AS_THEY_MUST_BE)
    else process.exitCode = 1
  })
}

async function apply({ platform, ...options }: TopicsOptions): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const wanted = await allTopics(log, { topics, provision }, platform)
    const { problems } = await applyTopics(log, wanted, topics, provision.replicationFactor)
    // Always: only the whole topic says whether they are still there, and publishing them again changes no set.
    await publishCanaries(log, topics.knownHashes)
    const output = new StandardOutput()
    for (const { topic, problem } of problems) await output.line(`${topic}: ${problem}: done`)
    if (problems.length === 0) await output.line(AS_THEY_MUST_BE)
    warn(await planTopics(log, wanted))
  })
}

/** Those of the matchers, those of the review service, and that of all processes. */
const allTopics = async (
  log: EventLog,
  { topics, provision: { partitions } }: Pick<Settings, 'topics' | 'provision'>,
  platforms: readonly string[] | undefined,
): Promise<readonly WantedTopic[]> => [
  ...(await wantedTopicsOf(log, topics, partitions, platforms)),
  ...reviewTopics(topics, partitions),
  statusTopic(topics.status),
  listsTopic(topics.lists),
  keysTopic(topics.gatewayKeys),
]

const AS_THEY_MUST_BE = 'The topics are as they must be.'

const describe = ({ topic, partitions, replicationFactor, config }: TopicDescription): string =>
  `${topic}: ${partitions} partitions, replication factor ${replicationFactor}, min.insync.replicas ${config['min.insync.replicas']}`

function warn({ risks }: TopicPlan): void {
  for (const risk of risks) console.error(`Warning: ${risk}`)
}
