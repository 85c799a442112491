// Curating the known-hash set from a terminal, on a real Kafka.
import { statSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'
import { Terminal } from './terminal.ts'

const random = seededRandom(17)

test('lists are counted, an entry is shown, disabled and enabled again by lines of a file, a value is suppressed, a list is exported', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const one = knownHash('pdq', randomBalancedHash(random), 'list-a')
  const other = knownHash('pdq', randomBalancedHash(random), 'list-b')
  await deployment.addKnown(one)
  await deployment.addKnown(other)
  const lines = join(deployment.folder, 'values.txt')
  writeFileSync(lines, `pdq ${one.value.toUpperCase()}\n`)

  const listed = await terminal.run(['hashset', 'list'])
  expect(listed).toMatchObject({ code: 0 })
  expect(listed.out).toMatch(/^list-a +1 +1 +0/m)
  expect((await terminal.run(['hashset', 'stats', '--source', 'list-b'])).out).toMatch(
    /^list-b: 1 entry of 1 file/,
  )

  const why = ['--reason', 'a picture of a beach']
  const disabled = await terminal.run([
    'hashset',
    'disable',
    lines,
    '--until',
    '2999-01-01',
    ...why,
    '--unaudited',
  ])
  expect(disabled).toMatchObject({ code: 0, out: '1 disabled, 0 unchanged\n' })
  expect(disabled.err).toContain('No audit will say who did this')
  const shown = await terminal.run(['hashset', 'show', lines])
  expect(shown.out).toContain('held: disabled until 2999-01-01')
  // Who shoulders a terminal sees no value.
  expect(shown.out).not.toContain(one.value)
  expect((await terminal.run(['hashset', 'release-due'])).out).toBe('0 released, 0 ended\n')
  expect((await terminal.run(['hashset', 'enable', lines, ...why, '--unaudited'])).out).toBe(
    '1 enabled, 0 unchanged\n',
  )

  expect((await terminal.run(['hashset', 'suppress', lines, ...why, '--unaudited'])).out).toBe(
    '1 suppressed\n',
  )
  expect((await terminal.run(['hashset', 'unsuppress', lines, ...why, '--unaudited'])).out).toBe('1 ended\n')

  const exporting = ['hashset', 'export', '--source', 'list-a', '--format', 'lines']
  const toWhom = await terminal.run(exporting)
  expect(toWhom.code).toBe(1)
  expect(toWhom.err).toContain('--audience')
  const refused = await terminal.run([...exporting, '--audience', 'members'])
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('--for own-use')
  const out = join(deployment.folder, 'out.txt')
  const exported = await terminal.run([...exporting, '--for', 'own-use', '--out', out])
  expect(exported).toMatchObject({ code: 0, err: '1 entry written\n' })
  expect(readFileSync(out, 'utf8')).toBe(`pdq ${one.value} ${one.sourceId}\n`)
  expect(statSync(out).mode & 0o777).toBe(0o600)
})
