// A process that publishes the outbox of a database, to be killed: arguments are the database's URL, the brokers, and the
// name that the topics begin with.
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { startOutbox } from '../../../src/review/decisions/start-outbox.ts'
import { connect } from '../../../src/review/store/connect.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { outboxTopics } from './outbox-topics.ts'

const [url, brokers, name] = process.argv.slice(2)
startOutbox({
  log: new KafkaLog({ brokers: brokers.split(','), clientId: 'outbox-test' }),
  db: connect(url, { connections: 2 }),
  topics: outboxTopics(name),
  group: name,
  metrics: createMetrics({ ofProcess: false }),
  logger: createLogger('silent'),
  store: { failed: () => {}, reached: () => {} },
})
console.log('publishing')
