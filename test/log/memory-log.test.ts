import { MemoryLog } from '../../src/log/memory-log.ts'
import { promisesOfGroupFlow } from './group-flow.ts'

promisesOfGroupFlow(async () => {
  const log = new MemoryLog()
  await log.createTopic({ topic: 'flow', partitions: 3, config: {} })
  return {
    log,
    topic: 'flow',
    group: 'flow',
    isHandedOverWhole: false,
    [Symbol.asyncDispose]: () => log.close(),
  }
})
