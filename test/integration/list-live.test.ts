// From a page of a list to every matcher, and to the reports of the past.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import type { SourceSettings } from '../../src/settings/source-settings.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { NcmecServer } from '../lists/servers/ncmec-server.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(17)

test('a new entry of a list is live in every matcher soon after its page, and retained reports are looked back at', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const server = new NcmecServer()
  await server.listen()
  onTestFinished(() => server.close())
  const served = (id: string, pdq: string): void =>
    server.put({ member: 1, id, classification: 'A1', fingerprints: { pdq } })
  const [first, later] = [randomBalancedHash(random), randomBalancedHash(random)]
  served('first', first)
  const sources = join(deployment.folder, 'sources.yaml')
  const password = join(deployment.folder, 'password')
  mkdirSync(deployment.folder, { recursive: true })
  writeFileSync(password, server.credentials.password, { mode: 0o600 })
  const source: SourceSettings = {
    name: 'ncmec',
    kind: 'ncmec',
    base: server.base,
    username: server.credentials.username,
    password: { file: password },
    everyMinutes: 0.01,
  }
  writeFileSync(sources, stringify({ sources: [source] }))
  const daemon = await startServiceProcess({
    command: ['hashset', 'sync', '--sources', sources],
    settings: { ...deployment.settings, sync: { group: `${deployment.settings.match.group}-sync` } },
    folder: join(deployment.folder, 'daemon'),
    environment: process.env,
  })
  onTestFinished(() => daemon.stop())
  const looking = { canarySeconds: 10, retro: { share: 1, maxLagRecords: 1_000_000 } }
  const matchers = [
    await deployment.startMatcher(undefined, looking),
    await deployment.startMatcher(undefined, looking),
  ]
  const known = (): Promise<readonly (number | undefined)[]> =>
    Promise.all(matchers.map((matcher) => matcher.gauge('hashwarden_known_entries')))
  await eventually(async () => (await known()).every((entries) => entries === 1))

  await deployment.submit(pdqReport(later, 'early'))
  await deployment.untilAllMatched()
  expect(await deployment.hits()).toEqual([])
  served('later', later)
  await eventually(async () => server.served('1/later') !== undefined, undefined, 10)
  await eventually(async () => (await known()).every((entries) => entries === 2), undefined, 10)
  const seconds = (Date.now() - (server.served('1/later') ?? 0)) / 1000
  console.log(`From the page to every matcher: ${seconds} s`)
  await eventually(async () => (await deployment.reportIdsWithHit()).has('early'))
  expect(await deployment.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
})
