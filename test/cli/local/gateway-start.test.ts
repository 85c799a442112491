// The gateway that `npm start` runs: the line that it prints, and the half of the reports that goes through it.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { halfByGateway } from '../../../src/cli/local/both-ways.ts'
import { startGatewayHere, type DemoGateway } from '../../../src/cli/local/gateway-start.ts'
import { DEMO_PLATFORMS } from '../../../src/cli/local/uploaders.ts'
import { isCanaryValue } from '../../../src/contract/canary.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { makeReport } from '../../../src/hashing/make-report.ts'
import { MemoryLog } from '../../../src/log/memory-log.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import { REPORTS, writtenIn } from '../../gateway/gateway-in-memory.ts'

const NEVER = new AbortController().signal

async function startDemo(): Promise<{ readonly log: MemoryLog; readonly gateway: DemoGateway }> {
  const log = new MemoryLog()
  await log.createTopic({ topic: REPORTS, partitions: 3, config: {} })
  const gateway = await startGatewayHere(loadSettings(undefined, {}), log)
  onTestFinished(() => gateway.stop())
  return { log, gateway }
}

test('the line of curl that the start prints brings in a report of the test platform, run as it is printed', async () => {
  const { log, gateway } = await startDemo()
  const run = (): Promise<{ readonly stdout: string }> =>
    promisify(execFile)('sh', ['-c', `${gateway.curl} --silent --write-out ' %{http_code}'`])
  expect((await run()).stdout).toBe('{"accepted":1,"repeated":0} 202')
  expect((await run()).stdout).toBe('{"accepted":0,"repeated":1} 202')
  const [{ value }, ...others] = await writtenIn(log, REPORTS)
  expect(others).toEqual([])
  // Of the canary file: nobody reviews it, and operators see that it was found.
  const [{ value: hash, ...type }] = value['hashes'] as readonly [{ readonly value: HashValue }]
  expect({ ...value, ...type }).toMatchObject({ platform: 'test-platform', type: 'md5' })
  expect(isCanaryValue('md5', hash)).toBe(true)
})

test('every second report goes through the gateway, for each of the made-up platforms', async () => {
  const { log, gateway } = await startDemo()
  const random = seededRandom(1)
  const reports = Array.from({ length: 1_300 }, (_, at) =>
    makeReport(DEMO_PLATFORMS[at % DEMO_PLATFORMS.length], [
      { type: 'pdq', value: randomBalancedHash(random) },
    ]),
  )
  let sent = 0
  const submit = halfByGateway(log, REPORTS, () => ({
    send: (given, signal) => {
      sent += given.length
      return gateway.send(given, signal)
    },
  }))
  await submit(reports, NEVER)
  expect(sent).toBe(650)
  const written = await writtenIn(log, REPORTS)
  expect(written).toHaveLength(reports.length)
  const byId = new Map<unknown, unknown>(written.map(({ value }) => [value['reportId'], value]))
  expect(byId).toEqual(new Map(reports.map((report) => [report.reportId, report])))
})

test('a gateway that has stopped leaves no keys behind', async () => {
  const keys = `${import.meta.dirname}/../../../.cache/gateway/keys-${process.pid}`
  const { gateway } = await startDemo()
  expect(existsSync(keys)).toBe(true)
  await gateway.stop()
  expect(existsSync(keys)).toBe(false)
})

test('a demonstration removes the keys of one that was killed, and none of one that runs', async () => {
  const folder = `${import.meta.dirname}/../../../.cache/gateway`
  mkdirSync(folder, { recursive: true })
  const left = `${folder}/keys-${spawnSync('true').pid}`
  const inUse = `${folder}/keys-${process.ppid}`
  for (const file of [left, inUse]) writeFileSync(file, '')
  onTestFinished(() => {
    for (const file of [left, inUse]) rmSync(file, { force: true })
  })
  await startDemo()
  expect([existsSync(left), existsSync(inUse)]).toEqual([false, true])
})
