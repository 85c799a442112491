// Loaded into a matcher, or into the process that shares known hashes, before anything else (node --import): once a file is there, what known-hashes brings is not applied
// any more, as if the reader hung. All else is the real thing.
import { existsSync } from 'node:fs'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'

const file = process.env['DEAF_FEED_FILE'] ?? ''
const topic = process.env['DEAF_FEED_TOPIC']

// Called as a method of the log that it belongs to.
// oxlint-disable-next-line typescript/unbound-method
const { follow } = KafkaLog.prototype
KafkaLog.prototype.follow = function followUntilDeaf(options) {
  if (options.topic !== topic) return follow.call(this, options)
  return follow.call(this, {
    ...options,
    onBatch: async (batch) => {
      while (existsSync(file)) {
        await new Promise((resolve) => setTimeout(resolve, 500))
        await batch.heartbeat()
      }
      await options.onBatch(batch)
    },
  })
}
