import { kafkaHealth } from '../../src/kafka/kafka-health.ts'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createTelemetry, startMatchService } from '../../src/cli/match-service.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import type { Consumption } from '../../src/log/event-log.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { applyTopics, wantedTopics } from '../../src/stream/topics/topics.ts'

/** A log of which nobody hears anything. */
class SilentLog extends MemoryLog {
  override async follow(): Promise<Consumption> {
    return { stop: async () => {} }
  }
}

test('a matcher that is asked to end, or whose set is lost, before it has read its set does not wait for it', async () => {
  const settings = loadSettings(undefined, {})
  const { topics } = settings
  const log = new SilentLog()
  for (const topic of wantedTopics(topics, 1)) await log.createTopic(topic)
  await log.produce(topics.knownHashes, [{ key: 'unread', value: 'unread' }])
  onTestFinished(() => log.close())
  const telemetry = createTelemetry('silent')
  const stopping = new AbortController()
  const starting = startMatchService({
    log,
    settings,
    policy: loadPolicy(),
    ...telemetry,
    listener: kafkaHealth(telemetry),
    threads: 1,
    startThread: () => {
      throw new RangeError('The set was not read')
    },
    signal: stopping.signal,
    onSetLost: () => {},
  })
  expect(await Promise.race([starting, sleep(500, 'waiting')])).toBe('waiting')
  stopping.abort()
  expect(await starting).toBeUndefined()
})

test('a start says once what topics with one replica risk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-start-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const settings = loadSettings(undefined, {})
  const { topics } = settings
  const log = new MemoryLog()
  await applyTopics(log, wantedTopics(topics, 1), topics, 1)
  const logFile = join(folder, 'match.log')
  const telemetry = createTelemetry('info', logFile)
  const service = await startMatchService({
    log,
    settings,
    policy: loadPolicy(),
    ...telemetry,
    listener: kafkaHealth(telemetry),
    signal: new AbortController().signal,
    onSetLost: () => {},
  })
  await service?.stop()
  const warnings = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('replication factor 1. If the disk of one broker is lost'))
  expect(warnings.length).toBe(1)
})
