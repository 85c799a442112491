import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/hash/random-hash.ts'
import { KafkaLog } from '../../src/stream/kafka-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics.ts'
import { Deployment, eventually, knownHash, pdqReport } from '../integration/deployment.ts'

test('known-hashes made again under a running matcher ends it: it never goes on with a list that is gone', async () => {
  const brokers = inject('kafkaBrokers')
  await using deployment = await Deployment.on(brokers)
  const random = seededRandom(9)
  const entries = Array.from({ length: 20 }, () => knownHash('pdq', randomBalancedHash(random)))
  await deployment.addKnown(...entries)
  const matcher = await deployment.startMatcher()
  await deployment.submit(pdqReport(entries[0].value))
  await deployment.untilAllMatched()

  const { topics, provision } = deployment.settings
  const admin = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topics.knownHashes] })
  await eventually(async () => !(await admin.listTopics()).includes(topics.knownHashes))
  await sleep(1_000)
  await admin.disconnect()
  // A connection of its own: the deployment's still believes in the topic that is gone.
  const log = new KafkaLog(deployment.settings.kafka)
  await applyTopics(log, wantedTopics(topics, provision.partitions), topics, 1)
  await log.close()

  expect(await Promise.race([matcher.exitCode, sleep(60_000, 'still running')])).toBe(1)
  expect(readFileSync(matcher.logFile, 'utf8')).toContain('known-hashes was made again')
}, 120_000)
