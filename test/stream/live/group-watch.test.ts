import { pino } from 'pino'
import { expect, test } from 'vitest'
import { GroupWatch } from '../../../src/stream/live/group-watch.ts'
import { encodePosition } from '../../../src/stream/live/set-position.ts'
import type { PartitionLag } from '../../../src/stream/topics/group-lag.ts'
import { Health } from '../../../src/telemetry/health.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'

const OURS = 'aaaaaaaaaaaaaaaa'
const THEIRS = 'bbbbbbbbbbbbbbbb'

function watched(hasCanaries = true) {
  let nowMs = 0
  const lines: { readonly msg: string; readonly reason?: string }[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const health = new Health()
  const metrics = createMetrics({ ofProcess: false })
  const clock = (): number => nowMs
  const watch = new GroupWatch({ policy: OURS, hasCanaries, metrics, health, logger, clock })
  const differs = async (): Promise<number | undefined> =>
    (await metrics.registry.getSingleMetric('hashwarden_policy_differs_seconds')?.get())?.values[0]?.value
  const pass = (ms: number): void => {
    nowMs += ms
  }
  return { watch, health, lines, differs, pass }
}

/** Partitions by the metadata of their commits; all are caught up but for those without one. */
const reports = (...commits: readonly (string | undefined)[]): ReadonlyMap<string, readonly PartitionLag[]> =>
  new Map([
    [
      'reports',
      commits.map((metadata, partition) => ({
        partition,
        next: metadata === undefined ? 0 : 9,
        end: 9,
        metadata,
      })),
    ],
  ])

const by = (policy?: string): string => encodePosition({ topicId: 'abc', offset: 5 }, policy)

test('a policy that differs is logged once, and the metric says for how long until it is the same again', async () => {
  const { watch, lines, differs, pass } = watched()
  watch.look(reports(by(OURS), by(OURS)))
  expect(await differs()).toBe(0)
  for (let looks = 0; looks < 13; looks++) {
    watch.look(reports(by(OURS), by(THEIRS)))
    pass(5_000)
  }
  expect(await differs()).toBe(65)
  expect(lines.map(({ reason }) => reason)).toEqual([
    `reports/1: committed by policy ${THEIRS}, and this process has ${OURS}`,
  ])
  watch.look(reports(by(OURS), by(OURS)))
  expect(await differs()).toBe(0)
})

test('commits of earlier versions, which name no policy, differ from none', async () => {
  const { watch, lines, differs, pass } = watched()
  watch.look(reports(by(), 'abc@5 1.2.3'))
  pass(5_000)
  expect(await differs()).toBe(0)
  expect(lines).toEqual([])
})

test('a process is not ready while there is a partition in which nobody has matched', () => {
  const { watch, health } = watched()
  watch.look(reports(by(OURS), undefined))
  expect(health.waitingFor['partitions']).toBe('reports/1: no member of the group has matched in it yet')
  // The beginning of a recreated topic: nothing was matched.
  watch.look(reports(by(OURS), ''))
  watch.look(reports(by(OURS), by(OURS)))
  expect(health.isReady).toBe(true)
})

test('without canaries an empty partition holds nothing up', () => {
  const { watch, health } = watched(false)
  const empty = { partition: 0, next: 0, end: 0, metadata: undefined }
  watch.look(new Map([['reports', [empty]]]))
  expect(health.isReady).toBe(true)
  watch.look(new Map([['reports', [{ ...empty, end: 1 }]]]))
  expect(health.isReady).toBe(false)
})
