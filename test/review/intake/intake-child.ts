// A process that takes hits in, to be killed: arguments are the database's URL, the brokers, the topic of hits, the group.
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { startIntake } from '../../../src/review/intake/start-intake.ts'
import { connect } from '../../../src/review/store/connect.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

const [url, brokers, hits, group] = process.argv.slice(2)
await startIntake({
  log: new KafkaLog({ brokers: brokers.split(','), clientId: 'intake-test' }),
  db: connect(url),
  settings: { group, hitsPerCase: 50, queues: [{ name: 'all', title: 'All' }] },
  topics: { reports: 'reports', knownHashes: 'known-hashes', hits, deadLetters: 'reports.dlq' },
  metrics: createMetrics({ ofProcess: false }),
  logger: createLogger('silent'),
  store: { failed: () => {}, reached: () => {} },
})
console.log('reading')
