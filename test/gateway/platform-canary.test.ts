// A platform reports the canary file through the gateway: its operator sees that a matcher has found it, and nobody else does.
import { expect, onTestFinished, test } from 'vitest'
import { canaryValues } from '../../src/contract/canary.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'
import { eventually } from '../fixtures/eventually.ts'
import { startedMatcher } from '../stream/started-matcher.ts'
import { reportOf, startGateway } from './gateway-in-memory.ts'

test('a report of the canary file is answered like any other, is found by the matcher, and makes no hit', async () => {
  const log = new MemoryLog()
  const settings = loadSettings(undefined, {})
  const { topics } = settings
  await applyTopics(log, wantedTopics(topics, 3), topics, 1)
  await publishCanaries(log, topics.knownHashes)
  const { service } = await startedMatcher(
    log,
    { ...settings, match: { ...settings.match, minEntries: 0 } },
    loadPolicy(),
  )
  onTestFinished(() => service.stop())
  const { submit } = await startGateway({ log })
  const [, md5] = canaryValues('md5')
  const other = await submit(reportOf('other'))
  const canary = await submit(reportOf('canary', { hashes: [{ type: 'md5', value: md5 }] }))
  expect([canary.status, canary.body]).toEqual([other.status, other.body])
  await eventually(async () => {
    const { platformCanaries } = await service.status()
    return platformCanaries?.some(({ platform }) => platform === 'example') ?? false
  })
  const [hits, letters] = await Promise.all([log.offsets(topics.hits), log.offsets(topics.deadLetters)])
  expect([...hits, ...letters].every(({ end }) => end === 0)).toBe(true)
})
