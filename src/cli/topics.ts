import { Command } from 'commander'
import { publishCanaries } from '../stream/topics/canary-entries.ts'
import { applyTopics, planTopics, wantedTopicsOf } from '../stream/topics/topics.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'

interface TopicsOptions extends ConfigOption {
  readonly platform?: readonly string[]
}

const PLATFORM_OPTION = [
  '--platform <name...>',
  'platforms that must have a topic, too, where each has its own (topics.reportsPerPlatform)',
] as const

export const topicsCommand = (): Command =>
  new Command('topics')
    .description('make the Kafka topics, or see what they lack')
    .addCommand(
      new Command('plan')
        .description('print what `apply` would do; exit code 1 if anything')
        .option(...PLATFORM_OPTION)
        .option(...CONFIG_OPTION)
        .action(plan),
    )
    .addCommand(
      new Command('apply')
        .description(
          'make missing topics, mend settings, name the known-hash topic, and publish its canaries',
        )
        .option(...PLATFORM_OPTION)
        .option(...CONFIG_OPTION)
        .action(apply),
    )

async function plan({ platform, ...options }: TopicsOptions): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const wanted = await wantedTopicsOf(log, topics, provision.partitions, platform)
    const problems = await planTopics(log, wanted)
    for (const { topic, problem } of problems) console.log(`${topic}: ${problem}`)
    if (problems.length === 0) console.log('The topics are as they must be.')
    else process.exitCode = 1
  })
}

async function apply({ platform, ...options }: TopicsOptions): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const wanted = await wantedTopicsOf(log, topics, provision.partitions, platform)
    const mended = await applyTopics(log, wanted, topics, provision.replicationFactor)
    // Always: whether they are still there only the whole topic could tell, and a second time changes no set.
    await publishCanaries(log, topics.knownHashes)
    for (const { topic, problem } of mended) console.log(`${topic}: ${problem}: done`)
    if (mended.length === 0) console.log('The topics are as they must be.')
  })
}
