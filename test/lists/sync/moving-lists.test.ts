import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { openSources } from '../../../src/lists/sync/open-sources.ts'
import { SyncDaemon } from '../../../src/lists/sync/sync-daemon.ts'
import type { MemoryLog } from '../../../src/log/memory-log.ts'
import { seededRandom } from '../../../src/sample/random-hash.ts'
import { sourceContradictions } from '../../../src/settings/source-settings.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { judgeLists } from '../../faults/sync/judge-lists.ts'
import { MovingLists } from '../../faults/sync/moving-lists.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { KNOWN, LISTS, openLog } from './list-topics.ts'

const RESTARTS = 8
const MOVES = 12

test('six kinds of lists that move and fail are exactly known in the end, though the daemon is started again and again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-moving-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets)
  const random = seededRandom(17)
  const lists = new MovingLists(join(folder, 'folder'), random)
  await lists.listen()
  onTestFinished(() => lists.close())
  const sources = [...lists.sources(secrets)]
  expect(sourceContradictions({ sources })).toEqual([])
  const log = await openLog()
  const start = (): Promise<SyncDaemon> => startDaemon(log, sources)
  for (let restart = 0; restart < RESTARTS; restart++) {
    const daemon = await start()
    for (let move = 0; move < MOVES; move++) {
      lists.move()
      await sleep(random() * 60)
    }
    await daemon.stop()
  }
  lists.calm()
  const daemon = await start()
  onTestFinished(() => daemon.stop())
  await eventually(async () => (await judgeLists(log, KNOWN, lists)).problems.length === 0)
  expect((await judgeLists(log, KNOWN, lists)).entries['ncmec']).toBeGreaterThan(10)
})

async function startDaemon(log: MemoryLog, sources: ReturnType<MovingLists['sources']>): Promise<SyncDaemon> {
  const daemon = new SyncDaemon({
    log,
    topic: LISTS,
    group: 'sync',
    sources: openSources(sources, KNOWN),
    sweeps: [],
    metrics: createMetrics({ ofProcess: false }),
    health: new Health(),
    logger: pino({ level: 'silent' }),
    retryMs: [50],
  })
  await daemon.start()
  return daemon
}
