// A process that opens a log on the broker that it is given, lets its readers wait, closes the log, and prints what of that
// still keeps it: the types of handles, as Node names them.
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'

/** kafkajs leaves some timers of a few milliseconds. */
const SETTLED_MS = 300

const joined = { onAssigned: () => {}, onBatch: async () => {} }
const failed = Promise.withResolvers<void>()
const log = new KafkaLog({
  clientId: 'test',
  brokers: [process.argv[2] ?? ''],
  listener: { onFailure: () => failed.resolve() },
})
// One has no topic to read, and waits for one; the other fails to join, and waits for its next attempt.
await log.consume({ ...joined, group: 'waits', topics: () => false })
await log.consume({ ...joined, group: 'fails', topics: ['missing'] })
await failed.promise
await log.topics()
await log.close()
await sleep(SETTLED_MS)
process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((type) => type === 'Timeout')))
