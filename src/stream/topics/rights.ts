// The rights at Kafka (ACLs) that each program needs: the one place that says so. deploy/kafka.md has them as tables
// (`npm run documents`), and a test with a real broker grants these and no others.
import type { TopicNames } from './report-topics.ts'

/** Who signs in to Kafka. */
export type RightsHolder =
  'match' | 'review' | 'sync' | 'serve' | 'gateway' | 'gateway keys' | 'top' | 'platform' | 'topics apply'

type Operation =
  'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs' | 'Alter' | 'AlterConfigs' | 'Delete'

/** One line of an ACL for each operation. */
export interface Right {
  readonly resource: 'topic' | 'group' | 'transactional id'
  readonly name: string
  /** The name is the beginning of names. */
  readonly isPrefix?: true
  readonly operations: readonly Operation[]
  /** Operations that are of use and not needed. */
  readonly useful?: readonly Operation[]
  /** What it is for, in Markdown; with `only`, only where that holds. */
  readonly why: string
  readonly only?: string
}

/** Names in a deployment that rights are about. */
export interface RightsNames {
  readonly topics: TopicNames & {
    readonly status: string
    readonly lists: string
    readonly gatewayKeys: string
  }
  readonly match: { readonly group: string }
  readonly review: { readonly group: string }
  readonly sync: { readonly group: string }
}

/** Groups that read a topic from its beginning, each once; kafka/readers.ts names them. */
const FOLLOWERS = 'hashwarden-follow-'

const followers: Right = {
  resource: 'group',
  name: FOLLOWERS,
  isPrefix: true,
  operations: ['Read'],
  useful: ['Delete'],
  why: 'readers of whole topics; with `Delete` a process removes its own group when it ends, else Kafka does, later',
}

/** What a group is for. */
const MEMBER = 'shares the partitions among the processes, and commits'

const statusRight = (names: RightsNames): Right => ({
  resource: 'topic',
  name: names.topics.status,
  operations: ['Write'],
  why: 'what it says of itself, for `hashwarden top`',
})

/** What this holder needs, and nothing else. */
export function rightsOf(holder: RightsHolder, names: RightsNames): readonly Right[] {
  return RIGHTS[holder](names)
}

const topic = (name: string, operations: readonly Operation[], why: string): Right => ({
  resource: 'topic',
  name,
  operations,
  why,
})
const group = (name: string, operations: readonly Operation[], why: string): Right => ({
  ...topic(name, operations, why),
  resource: 'group',
})

/** The operations page says what it lacks, and the rest of the review service does without. */
const ofPage = ({ topics, match }: RightsNames): readonly Right[] => {
  const only = 'the operations page'
  const reports = {
    name: topics.reportsPerPlatform ? `${topics.reports}.` : topics.reports,
    ...(topics.reportsPerPlatform ? { isPrefix: true as const } : {}),
  }
  return [
    { ...topic(topics.status, ['Read'], 'all processes'), only },
    { ...topic(topics.reports, ['Describe'], 'lag'), ...reports, only },
    { ...group(match.group, ['Describe'], 'lag'), only },
    { ...topic(topics.knownHashes, ['Describe'], 'when lists last changed'), only },
    { ...topic(topics.deadLetters, ['Read'], 'the latest dead letters'), only },
    {
      ...topic(topics.reports, ['Read', 'Write'], 'submits records of dead letters again'),
      ...reports,
      only,
    },
  ]
}

const RIGHTS: Readonly<Record<RightsHolder, (names: RightsNames) => readonly Right[]>> = {
  match: (names) => {
    const { topics, match } = names
    return [
      {
        ...topic(
          topics.reports,
          ['Read', 'Write', 'DescribeConfigs'],
          'reports to match; `Write` is for its canary reports',
        ),
        ...(topics.reportsPerPlatform ? { name: `${topics.reports}.`, isPrefix: true as const } : {}),
      },
      topic(topics.knownHashes, ['Read', 'DescribeConfigs'], 'the known set'),
      topic(topics.hits, ['Write', 'DescribeConfigs'], 'what it finds, or refuses'),
      topic(topics.deadLetters, ['Write', 'DescribeConfigs'], 'what it finds, or refuses'),
      statusRight(names),
      group(match.group, ['Read'], MEMBER),
      followers,
      {
        ...topic(topics.deadLetters, ['Read'], 'reports that ended matcher threads are skipped'),
        only: 'looking back',
      },
      {
        ...group(`${match.group}-retro`, ['Read'], '`hashwarden retro` has groups that begin with it'),
        isPrefix: true,
        only: 'looking back',
      },
    ]
  },
  review: (names) => {
    const { topics, review } = names
    const written = [topics.decisions, topics.outcomes, topics.auditCheckpoints].filter(
      (name) => name !== undefined,
    )
    return [
      topic(topics.hits, ['Read'], 'hits to review'),
      group(review.group, ['Read'], MEMBER),
      ...written.map((name) =>
        topic(name, ['Read', 'Write'], '`Read` is for a start after a failure: it looks what has arrived'),
      ),
      statusRight(names),
      {
        resource: 'transactional id',
        name: `${review.group}-outbox`,
        operations: ['Write', 'Describe'],
        why: 'publishes decisions in transactions',
      },
      followers,
      ...ofPage(names),
      {
        ...topic(topics.lists, ['Read', 'Write'], 'the lists; `Write` is for approvals'),
        only: 'the lists page',
      },
      {
        ...topic(
          topics.knownHashes,
          ['Read', 'Write'],
          'entries that are held back; `Write` is for what people decide on them',
        ),
        only: 'the lists page',
      },
    ]
  },
  sync: (names) => {
    const { topics, sync } = names
    return [
      topic(topics.knownHashes, ['Read', 'Write'], 'what a source has there; its entries'),
      topic(
        topics.lists,
        ['Read', 'Write', 'DescribeConfigs'],
        'how far each source has been read; approvals',
      ),
      statusRight(names),
      {
        resource: 'transactional id',
        name: `${sync.group}-writer`,
        operations: ['Write', 'Describe'],
        why: 'publishes in transactions, so that a daemon that was frozen publishes nothing old',
      },
      group(sync.group, ['Read'], 'one daemon at a time has the partition of topic `lists`'),
      ...[topics.decisions, topics.outcomes, topics.hits]
        .filter((name) => name !== undefined)
        .map((name) => ({ ...topic(name, ['Read'], 'what reviews found'), only: 'feedback' })),
      {
        ...group(`${sync.group}-feedback-`, ['Read'], 'one group for each source: how far feedback is sent'),
        isPrefix: true,
        only: 'feedback',
      },
      followers,
    ]
  },
  serve: (names) => [
    topic(names.topics.knownHashes, ['Read'], 'what it shares'),
    statusRight(names),
    followers,
  ],
  top: ({ topics, match, review }) => [
    topic(topics.status, ['Read'], 'what all processes say of themselves'),
    {
      ...topic(topics.lists, ['Read'], 'how far lists had been read, also while no process reads them'),
      only: 'lists',
    },
    followers,
    topic(topics.reports, ['Describe'], 'ends of the partitions'),
    topic(topics.hits, ['Describe'], 'ends of the partitions'),
    group(match.group, ['Describe'], 'committed offsets'),
    group(review.group, ['Describe'], 'committed offsets'),
  ],
  gateway: (names) => {
    const { topics } = names
    return [
      {
        ...topic(
          topics.reports,
          ['Write'],
          'with a topic for each platform: those of the platforms that report here, each by its whole name',
        ),
        useful: ['DescribeConfigs'],
      },
      statusRight(names),
      topic(topics.status, ['Read'], 'how many gateways share the quotas of platforms'),
      topic(topics.gatewayKeys, ['Read'], 'API keys, as digests'),
      followers,
    ]
  },
  'gateway keys': ({ topics }) => [
    topic(
      topics.gatewayKeys,
      ['Read', 'Write'],
      'API keys, as digests: a writer here decides who may report',
    ),
    followers,
  ],
  platform: ({ topics }) => [
    topic(topics.reports, ['Write'], 'with a topic for each platform: its own alone, by the whole name'),
  ],
  'topics apply': ({ topics }) => {
    const all = [
      topics.reports,
      topics.knownHashes,
      topics.hits,
      topics.deadLetters,
      topics.decisions,
      topics.outcomes,
      topics.auditCheckpoints,
      topics.status,
      topics.lists,
      topics.gatewayKeys,
    ].filter((name) => name !== undefined)
    return [
      ...all.map((name) =>
        topic(
          name,
          ['Create', 'Alter', 'AlterConfigs', 'DescribeConfigs'],
          'creates the topics, adds partitions, corrects their settings',
        ),
      ),
      topic(topics.knownHashes, ['Read', 'Write'], 'its name and its canaries'),
    ]
  },
}
