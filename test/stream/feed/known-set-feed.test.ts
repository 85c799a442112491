import { expect, onTestFinished, test } from 'vitest'
import { encodeKnownHash, knownHashKey } from '../../../src/contract/known-hash.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { PackedKnownSet } from '../../../src/known/packed/packed-known-set.ts'
import type { PartitionOffsets } from '../../../src/log/event-log.ts'
import { KnownSetFeed, type SetLoss } from '../../../src/stream/feed/known-set-feed.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { knownHash } from '../../integration/deployment.ts'

const TOPICS = { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' }
const random = seededRandom(8)

/** A log whose answers are on the way for as long as something takes that happens meanwhile. */
class SlowLog extends MemoryLog {
  meanwhile: () => Promise<void> = async () => {}

  override async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const offsets = await super.offsets(topic)
    await this.meanwhile()
    return offsets
  }

  async add(): Promise<void> {
    const entry = knownHash('pdq', randomBalancedHash(random))
    await this.produce(TOPICS.knownHashes, [{ key: knownHashKey(entry), value: encodeKnownHash(entry) }])
  }
}

async function follow() {
  const log = new SlowLog()
  await applyTopics(log, wantedTopics(TOPICS, 1), TOPICS, 1)
  await log.add()
  const losses: SetLoss[] = []
  const set = new PackedKnownSet({ index: 'flat' })
  const feed = new KnownSetFeed({
    log,
    topic: TOPICS.knownHashes,
    set,
    minEntries: 1,
    metrics: createMetrics(),
    health: new Health(),
    logger: createLogger('silent'),
    onSetLost: (loss) => losses.push(loss),
  })
  onTestFinished(() => feed.stop())
  await feed.start()
  await feed.catchUp()
  return { log, set, feed, losses }
}

test('changes that come while the topic’s end is asked for do not make it another topic', async () => {
  const { log, set, feed, losses } = await follow()
  log.meanwhile = async () => {
    const { entries } = set
    await log.add()
    while (set.entries === entries) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await feed.catchUp()
  expect(losses).toEqual([])
  expect(feed.isUsable).toBe(true)
})
