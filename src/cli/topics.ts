import { Command } from 'commander'
import { publishCanaries } from '../stream/canary-entries.ts'
import { applyTopics, planTopics, wantedTopics } from '../stream/topics.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'

export const topicsCommand = (): Command =>
  new Command('topics')
    .description('make the Kafka topics, or see what they lack')
    .addCommand(
      new Command('plan')
        .description('print what `apply` would do; exit code 1 if anything')
        .option(...CONFIG_OPTION)
        .action(plan),
    )
    .addCommand(
      new Command('apply')
        .description(
          'make missing topics, mend settings, name the known-hash topic, and publish its canaries',
        )
        .option(...CONFIG_OPTION)
        .action(apply),
    )

async function plan(options: ConfigOption): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const problems = await planTopics(log, wantedTopics(topics, provision.partitions))
    for (const { topic, problem } of problems) console.log(`${topic}: ${problem}`)
    if (problems.length === 0) console.log('The topics are as they must be.')
    else process.exitCode = 1
  })
}

async function apply(options: ConfigOption): Promise<void> {
  await withLog(options, async (log, { topics, provision }) => {
    const wanted = wantedTopics(topics, provision.partitions)
    const mended = await applyTopics(log, wanted, topics, provision.replicationFactor)
    // Always: whether they are still there only the whole topic could tell, and a second time changes no set.
    await publishCanaries(log, topics.knownHashes)
    for (const { topic, problem } of mended) console.log(`${topic}: ${problem}: done`)
    if (mended.length === 0) console.log('The topics are as they must be.')
  })
}
