import { inject } from 'vitest'
import { promisesOfGroupFlow } from '../log/group-flow.ts'
import { Deployment } from './deployment.ts'
import { withProducer } from './foreign-producer.ts'

promisesOfGroupFlow(async () => {
  const deployment = await Deployment.on(inject('kafkaBrokers'))
  const { log, settings } = deployment
  const { topics, match } = settings
  const dispose = (): Promise<void> => deployment[Symbol.asyncDispose]()
  return {
    log,
    topic: topics.reports,
    group: match.group,
    leaveGap: (partition) =>
      withProducer(deployment, { transactionalId: `aborts-${match.group}` }, async (producer) => {
        const transaction = await producer.transaction()
        const messages = ['never', 'to be', 'read'].map((value) => ({ partition, value }))
        await transaction.send({ topic: topics.reports, messages })
        await transaction.abort()
      }),
    isHandedOverWhole: true,
    [Symbol.asyncDispose]: dispose,
  }
})
