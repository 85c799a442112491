// In a matcher thread: the file that its worker runs. Takes the order, opens the connections, and starts a MatcherThread.
import { parentPort, type MessagePort } from 'node:worker_threads'
import { createBirpc } from 'birpc'
import { Health } from '../../telemetry/health.ts'
import { createLogger } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { measureThread } from '../../telemetry/thread-metrics.ts'
import { kafkaHealth } from '../../kafka/kafka-health.ts'
import type { TopicPartition } from '../../log/event-log.ts'
import { KafkaLog } from '../../kafka/kafka-log.ts'
import type { SetCalls, ThreadCalls, ThreadOrder } from './thread-calls.ts'
import { MatcherThread } from './matcher-thread.ts'

/** Works by this order until the thread ends. */
async function work(port: MessagePort, order: ThreadOrder): Promise<void> {
  const metrics = createMetrics({ ofProcess: false })
  measureThread(metrics.registry, String(order.number))
  const logger = createLogger(order.logLevel, { onLost: () => metrics.logLinesLost.inc() }).child({
    thread: order.number,
  })
  const main = createBirpc<SetCalls, ThreadCalls>(
    {
      metrics: () => metrics.registry.getMetricsAsJSON(),
      beCautious: (learnt) => member.beCautious(learnt),
      stop: async () => {
        await member.stop()
        await log.close()
        member.close()
        // An open port would keep the thread alive.
        setImmediate(() => port.close())
      },
    },
    {
      post: (message: unknown) => port.postMessage(message),
      on: (receive) => port.on('message', receive),
      // No timeout: a set that is read from its beginning may take minutes.
      timeout: 2 ** 31 - 1,
    },
  )

  const health = new Health(undefined, (part, why) => void main.waitFor.asEvent(part, why))
  const listener = kafkaHealth({ metrics, health, logger })
  const log = new KafkaLog({ ...order.kafka, listener })
  const asked = {
    match: main.match,
    catchUp: main.catchUp,
    // Without waiting for an answer: the thread may have ended by then.
    owns: (partitions: readonly TopicPartition[]) => void main.owns.asEvent(partitions),
  }
  const member = new MatcherThread({ order, log, main: asked, metrics, health, logger })
  await member.start()
}

if (!parentPort) throw new Error('This file is run as a worker thread.')
const port = parentPort
// The first message is the order; calls follow. `work` listens for them before the next message is read. An error in it
// ends the thread.
port.once('message', (order: ThreadOrder) => void work(port, order))
