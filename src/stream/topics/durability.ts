// What keeps an acknowledged record when a broker is lost: its replicas, and which of them must have it.
import type { TopicDescription } from '../../log/event-log.ts'

const MIN_IN_SYNC = 'min.insync.replicas'
const UNCLEAN_ELECTION = 'unclean.leader.election.enable'
/** From this replication factor on, one broker may be away and another one may lose its disk. */
const SAFE_FACTOR = 3
/** Names of topics that a message lists before it only counts the others. */
const MOST_NAMES = 5

/** A topic's setting that breaks the guarantee: what it must be, and why. */
export interface DurabilityProblem {
  readonly setting: string
  readonly value: string
  readonly problem: string
}

/** Replicas that must have a record before Kafka acknowledges it. */
const leastInSync = (replicationFactor: number): number => (replicationFactor >= SAFE_FACTOR ? 2 : 1)

/**
 * The settings of a topic with this replication factor. Kafka's default of 1 for `min.insync.replicas` acknowledges a
 * record that one broker alone has. An unclean election makes a replica leader that lacks acknowledged records.
 */
export const durabilityConfig = (replicationFactor: number): Readonly<Record<string, string>> => ({
  [MIN_IN_SYNC]: String(leastInSync(replicationFactor)),
  [UNCLEAN_ELECTION]: 'false',
})

/** What an existing topic lacks. Empty, too, where the log doesn't say how often it keeps a record. */
export function durabilityProblems({
  replicationFactor,
  config,
}: TopicDescription): readonly DurabilityProblem[] {
  if (replicationFactor === undefined) return []
  const problems: DurabilityProblem[] = []
  const wanted = durabilityConfig(replicationFactor)
  const add = (setting: string, why: string): void => {
    const problem = `${setting} is ${config[setting] ?? 'unset'} and must be ${wanted[setting]}: ${why}`
    problems.push({ setting, value: wanted[setting], problem })
  }
  const inSync = Number(config[MIN_IN_SYNC])
  if (inSync > replicationFactor)
    add(
      MIN_IN_SYNC,
      `with ${replicasOf(replicationFactor)}, Kafka refuses every record unless it has eligible leader replicas (KIP-966)`,
    )
  else if (!(inSync >= leastInSync(replicationFactor)))
    add(MIN_IN_SYNC, 'Kafka would acknowledge records that one broker alone has')
  if (config[UNCLEAN_ELECTION] !== 'false')
    add(UNCLEAN_ELECTION, 'a replica that lacks acknowledged records could become the leader')
  return problems
}

/**
 * What these topics risk because they have fewer than three replicas: one sentence for each replication factor. No
 * setting mends that, so it is a warning and not a problem.
 */
export function replicationRisks(topics: readonly TopicDescription[]): readonly string[] {
  const byFactor = Map.groupBy(topics, ({ replicationFactor }) => replicationFactor)
  return [1, 2].flatMap((factor) => {
    const names = byFactor.get(factor)?.map(({ topic }) => topic) ?? []
    return names.length === 0 ? [] : [`${listed(names)}: ${RISKS[factor]} ${ADVICE}`]
  })
}

const RISKS: Readonly<Record<number, string>> = {
  1: 'replication factor 1. If the disk of one broker is lost, acknowledged records are lost with it: reports, hits and known hashes. While that broker is away, nothing is matched.',
  2: 'replication factor 2. While one of the two brokers is away, Kafka acknowledges records that the other one alone has: if its disk is lost then, acknowledged reports, hits and known hashes are lost.',
}

const ADVICE =
  'Use three replicas in production: provision.replicationFactor for new topics; deploy/kafka.md says how to raise that of existing ones.'

const replicasOf = (count: number): string => (count === 1 ? 'one replica' : `${count} replicas`)

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
