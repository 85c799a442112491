// What KafkaLog asks of kafkajs's admin client: describing, creating and altering topics.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'
import type { TopicDescription } from '../log/event-log.ts'

/** Kafka's code for a setting of the topic itself (an alteration that leaves it out resets it). */
const TOPIC_CONFIG_SOURCE = 1

/** How long a new topic may take to get its leaders, and a changed one to show its changes. */
const TAKES_EFFECT_WITHIN_MS = 15_000
const POLL_MS = 100

interface TopicConfig {
  readonly name: string
  readonly value: string
  readonly source: number
}

/** Describes those of these topics that exist. */
export async function describeTopics(
  admin: Admin,
  topics: readonly string[],
): Promise<readonly TopicDescription[]> {
  const all = new Set(await admin.listTopics())
  const present = topics.filter((topic) => all.has(topic))
  if (present.length === 0) return []
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: present })
  return Promise.all(
    metadata.map(async ({ name, partitions }) => ({
      topic: name,
      partitions: partitions.length,
      replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      config: Object.fromEntries((await topicConfig(admin, name)).map((entry) => [entry.name, entry.value])),
    })),
  )
}

/** Creates a topic; resolves once each of its partitions has a leader. */
export async function createTopic(
  admin: Admin,
  topic: TopicDescription,
  replicationFactor: number,
): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    topics: [
      {
        topic: topic.topic,
        numPartitions: topic.partitions,
        replicationFactor,
        configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  await untilHosted(admin, topic.topic)
}

/**
 * Polls until the topic is there with leaders; without them, its metadata is an error. (kafkajs can wait for leaders
 * itself, but fails if it asks before the broker knows the topic, which takes a busy broker some time.)
 */
async function untilHosted(admin: Admin, topic: string): Promise<void> {
  const deadlineMs = performance.now() + TAKES_EFFECT_WITHIN_MS
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] })
      return
    } catch (error) {
      if (!isNotHostedYet(error) || performance.now() > deadlineMs) throw error
    }
    await sleep(POLL_MS)
  }
}

const isNotHostedYet = (error: unknown): boolean =>
  error instanceof Error &&
  'type' in error &&
  (error.type === 'UNKNOWN_TOPIC_OR_PARTITION' || error.type === 'LEADER_NOT_AVAILABLE')

/**
 * Alters some settings, and adds partitions; resolves once the broker shows both. Kafka's AlterConfigs replaces all settings
 * of a topic, so this sends the others along.
 */
export async function alterTopic(admin: Admin, wanted: TopicDescription): Promise<void> {
  const { topic, partitions, config } = wanted
  const own = (await topicConfig(admin, topic)).filter(({ source }) => source === TOPIC_CONFIG_SOURCE)
  const merged = { ...Object.fromEntries(own.map(({ name, value }) => [name, value])), ...config }
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: Object.entries(merged).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  if (topics[0].partitions.length < partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
  }
  await untilShown(admin, wanted)
}

/**
 * Polls until the broker shows a change: it answers as soon as the controller has accepted it, and one who planned or
 * altered again at once would go by the old settings. One that it shows in other words is no error: it was accepted.
 */
async function untilShown(admin: Admin, { topic, partitions, config }: TopicDescription): Promise<void> {
  const deadlineMs = performance.now() + TAKES_EFFECT_WITHIN_MS
  for (;;) {
    const [shown] = await describeTopics(admin, [topic])
    const isShown =
      shown !== undefined &&
      shown.partitions >= partitions &&
      Object.entries(config).every(([name, value]) => shown.config[name] === value)
    if (isShown || performance.now() > deadlineMs) return
    await sleep(POLL_MS)
  }
}

async function topicConfig(admin: Admin, topic: string): Promise<readonly TopicConfig[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  })
  return resources[0].configEntries.map(({ configName, configValue, configSource }) => ({
    name: configName,
    value: configValue,
    source: configSource,
  }))
}
