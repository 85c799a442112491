import { BendableLog } from './bendable-log.ts'
import { promisesOfGroupFlow } from './group-flow.ts'

const TOPIC = 'flow'
const GAP = 5

promisesOfGroupFlow(async () => {
  const log = new BendableLog()
  await log.createTopic({ topic: TOPIC, partitions: 3, config: {} })
  return {
    log,
    topic: TOPIC,
    group: 'flow',
    leaveGap: async (partition) => log.leaveGap({ topic: TOPIC, partition }, GAP),
    isHandedOverWhole: false,
    [Symbol.asyncDispose]: () => log.close(),
  }
})
