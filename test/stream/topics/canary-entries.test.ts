import { expect, test } from 'vitest'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { beginsWithCanaries, publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { applyTopics, wantedTopics } from '../../../src/stream/topics/topics.ts'

const { topics } = loadSettings(undefined, {})

test('a topic begins with canaries if they were published behind its name, and not if behind a list', async () => {
  for (const isLate of [false, true]) {
    const log = new MemoryLog()
    await applyTopics(log, wantedTopics(topics, 1), topics, 1)
    expect(await beginsWithCanaries(log, topics.knownHashes)).toBe(false)
    if (isLate) await log.produce(topics.knownHashes, [{ key: 'a-list', value: '{}' }])
    await publishCanaries(log, topics.knownHashes)
    expect(await beginsWithCanaries(log, topics.knownHashes)).toBe(!isLate)
    await log.close()
  }
})
