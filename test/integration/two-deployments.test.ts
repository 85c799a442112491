// Two deployments as processes on a real Kafka: `hashset serve` at the one, `hashset sync` at the other, `hashset compare` at both.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { startServiceProcess, type ServiceProcess } from '../../src/cli/local/service-process.ts'
import type { KnownHash } from '../../src/contract/known-hash.ts'
import type { NcmecSource } from '../../src/settings/source-settings.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { heldBy, shown } from '../lists/compare/deployments.ts'
import { Deployment } from './deployment.ts'
import { fileIn, md5Entry, READER, startSharingProcess } from './sharing-process.ts'
import { Terminal } from './terminal.ts'

/** `hashset sync` at the second deployment, of the first one's list. Stop it. */
function startDaemon(second: Deployment, base: string, authority: Authority): Promise<ServiceProcess> {
  const source: NcmecSource = {
    kind: 'ncmec',
    name: 'their-list',
    base: `${base}/a-list`,
    tls: { ca: fileIn(second, 'ca.pem', authority.certificate) },
    username: READER.name,
    password: { file: fileIn(second, 'password', READER.password) },
    everyMinutes: 0.01,
    since: '2026-01-01',
    removesShare: 1,
  }
  const sources = fileIn(second, 'sources.yaml', stringify({ sources: [source] }))
  return startServiceProcess({
    command: ['hashset', 'sync', '--sources', sources],
    settings: { ...second.settings, sync: { group: `${second.settings.match.group}-sync` } },
    folder: join(second.folder, 'daemon'),
    environment: process.env,
  })
}

test('a deployment that follows another one through changes and restarts holds the same, and compare says so', async () => {
  await using first = await Deployment.on(inject('kafkaBrokers'))
  await using second = await Deployment.on(inject('kafkaBrokers'))
  const authority = new Authority('tests')
  const files = ['f-0', 'f-1', 'f-2', 'f-3', 'f-4'].map((id) => md5Entry(id))
  const secret = md5Entry('secret', { source: 'secret-list' })
  await first.addKnown(...files, secret)
  let service = await startSharingProcess(first, authority)
  onTestFinished(() => service.stop())
  let daemon = await startDaemon(second, service.url, authority)
  onTestFinished(() => daemon.stop())
  const { knownHashes } = second.settings.topics
  const untilLive = (...entries: readonly KnownHash[]): Promise<void> =>
    eventually(async () => {
      const { live } = await heldBy(second.log, 'their-list', knownHashes)
      return live.join() === entries.map(shown).toSorted().join()
    })
  await untilLive(...files)

  const [gone, held, later, ...rest] = files
  const added = md5Entry('added')
  await first.removeKnown(gone)
  await first.addKnown({ ...held, held: { why: 'disabled' } }, added)
  await untilLive(later, ...rest, added)

  await Promise.all([service.stop(), daemon.stop()])
  await first.removeKnown(later)
  await first.addKnown(held)
  service = await startSharingProcess(first, authority, Number(new URL(service.url).port))
  daemon = await startDaemon(second, service.url, authority)
  await untilLive(held, ...rest, added)

  const keyFile = fileIn(first, 'compare.key', randomBytes(32).toString('hex'))
  const compare = ['hashset', 'compare', '--key-file', keyFile]
  const theirs = await new Terminal(first).run([...compare, '--json', '--source', 'a-list'])
  const file = join(second.folder, 'theirs.json')
  writeFileSync(file, theirs.out)
  const compared = await new Terminal(second).run([...compare, file, '--source', 'their-list=a-list'])
  expect(compared).toMatchObject({ code: 0, out: expect.stringMatching(/their-list.* 4 .*equal/) })
  const { ever } = await heldBy(second.log, 'their-list', knownHashes)
  expect(ever).not.toContain(shown(secret))
})
