import { inject } from 'vitest'
import { promisesOfGroupFlow } from '../log/group-flow.ts'
import { Deployment } from './deployment.ts'

promisesOfGroupFlow(async () => {
  const deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const { topics, match } = settings
  const dispose = (): Promise<void> => deployment[Symbol.asyncDispose]()
  return {
    log,
    topic: topics.reports,
    group: match.group,
    isHandedOverWhole: true,
    [Symbol.asyncDispose]: dispose,
  }
})
