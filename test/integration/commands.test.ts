import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stringify } from 'yaml'
import { expect, inject, test } from 'vitest'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { hashValue } from '../contract/arbitraries.ts'
import { IMAGES_FOLDER } from '../../src/sample/photographs.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'
import { Terminal } from './terminal.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const random = seededRandom(6)

test('a list is imported once, pictures are reported, and the hits are printed', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const list = join(deployment.folder, 'list.txt')
  const moon = await hashesOf(join(IMAGES_FOLDER, 'moon.jpg'))
  writeFileSync(
    list,
    `# a comment\n${moon.map(({ type, value }) => `${type} ${value.toUpperCase()} moon`).join('\n')}\npdq zz\n`,
  )
  const importing = ['hashset', 'import', list, '--source', 'test-list', '--classification', 'test:A1']
  const first = await terminal.run(importing)
  expect(first).toEqual({
    code: 1,
    out: '5 added, 0 changed, 0 unchanged\n',
    err: `${list}:7: a pdq value has 64 hexadecimal digits\n`,
  })
  expect((await terminal.run(importing)).out).toBe('0 added, 0 changed, 5 unchanged\n')

  await deployment.startMatcher()
  const reported = await terminal.run(['report', IMAGES_FOLDER, '--platform', 'my-platform'])
  expect(reported.code).toBe(0)
  expect(reported.out.trimEnd().split('\n').length).toBe(11)
  expect(reported.err).toMatch(/^1 of the files are neither pictures nor videos .* with mediaType video.*\n$/)
  const canary = await terminal.run(['report', '--canary', '--platform', 'my-platform'])
  expect(canary).toMatchObject({ code: 0, err: '' })
  await deployment.untilAllMatched()

  const following = terminal.start(['hits', '--json', '--from-beginning'])
  const lines: string[] = []
  following.stdout
    .setEncoding('utf8')
    .on('data', (chunk: string) => lines.push(...chunk.trimEnd().split('\n')))
  await eventually(async () => lines.length > 0)
  following.kill('SIGINT')
  await once(following, 'exit')
  expect(following.exitCode).toBe(0)
  expect(lines.length).toBe(1)
  expect(JSON.parse(lines[0])).toMatchObject({
    grade: 'exact',
    report: { platform: 'my-platform' },
    support: { hashTypes: 5 },
  })

  const removed = await terminal.run(['hashset', 'remove', list, '--source', 'test-list'])
  expect(removed.out).toBe('5 removed, 0 not there\n')
})

test('retained reports are matched again on demand, for the changes of one list, and once', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const known = knownHash('pdq', randomBalancedHash(random), 'late-list')
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  const matcher = await deployment.startMatcher()
  await deployment.submit(pdqReport(known.value, 'early'), pdqReport(randomBalancedHash(random), 'other'))
  await deployment.untilAllMatched()
  await matcher.stop()
  await deployment.addKnown(known)
  const lookingBack = ['retro', '--since', '2026-01-01', '--source', 'late-list']
  expect(await terminal.run(lookingBack)).toMatchObject({
    code: 0,
    out: 'Done: 1 values, 2 reports looked at, 1 retroactive hits.\n',
  })
  expect(await deployment.hits()).toMatchObject([{ report: { reportId: 'early' }, retroactive: true }])
  expect((await terminal.run(lookingBack)).out).toMatch(/^An earlier run has looked back/)
  expect((await deployment.hits()).length).toBe(1)
  const ofNone = await terminal.run(['retro', '--source', 'no-list'])
  expect(ofNone.out).toMatch(/^No such change/)
  expect(await terminal.run(['retro'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/--since, --source/),
  })
})

test('hashes that a pipeline already has are submitted from standard input; a bad line is named, the rest goes on', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const known = knownHash('pdq', randomBalancedHash(random))
  await deployment.addKnown(known)
  await deployment.startMatcher()
  const lines = [
    JSON.stringify({ file: 'a.jpg', hashes: [{ type: 'pdq', value: known.value, quality: 90 }] }),
    '{"hashes":[{"type":"pdq","value":"abc"}]}',
    'not json',
    JSON.stringify(pdqReport(known.value, 'whole-report')),
  ]
  const submitted = await new Terminal(deployment).run(
    ['report', '--ndjson', '-', '--json'],
    lines.join('\n'),
  )
  expect(submitted.err).toBe('line 2: wrong-hash-length at /hashes/0/value\nline 3: not-json\n')
  expect(submitted.code).toBe(1)
  const ids = submitted.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).reportId)
  await deployment.untilAllMatched()
  expect(await deployment.reportIdsWithHit()).toEqual(new Set(ids))
  expect(ids).toContain('whole-report')
})

test('dead letters are listed, and a replay reads the record again by its pointer', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const { reports } = deployment.settings.topics
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  await deployment.startMatcher()
  await deployment.log.produce(reports, [{ key: 'key', value: '{"schema":"report/1"}' }])
  await deployment.untilAllMatched()
  const listed = await terminal.run(['dlq', 'list'])
  const pointer = /\S+\/\d+\/\d+/.exec(listed.out)?.[0] ?? ''
  expect(listed.out).toMatch(/21 bytes {2}missing-field at \/\w+\n$/)

  expect((await terminal.run(['dlq', 'replay'])).err).toContain('say which')
  const replayed = await terminal.run(['dlq', 'replay', '--at', pointer])
  expect(replayed).toEqual({
    code: 0,
    out: '1 submitted again, 0 expired, 0 replaced by other records\n',
    err: '',
  })
  await deployment.untilAllMatched()
  // Still no report: the record at its new place has a dead letter of its own.
  expect((await terminal.run(['dlq', 'list'])).out.trimEnd().split('\n').length).toBe(2)
})

test('a broker that is not there gets one clear line and exit code 1', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const port = await freePort()
  const config = join(deployment.folder, 'elsewhere.yaml')
  writeFileSync(
    config,
    stringify({ ...deployment.settings, kafka: { brokers: [`127.0.0.1:${port}`], clientId: 'test' } }),
  )
  const child = spawn(process.execPath, ['src/cli/main.ts', 'topics', 'plan', '--config', config], {
    cwd: ROOT,
    env: { ...process.env, KAFKA_BROKERS: '' },
  })
  const [err] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(child.exitCode).toBe(1)
  expect(err).toMatch(new RegExp(`^Cannot reach Kafka at 127.0.0.1:${port} \\(.*\\)\\. Is it running.*\\n$`))
})

async function hashesOf(file: string): Promise<{ type: string; value: string }[]> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'hash', file, '--json'], { cwd: ROOT })
  return JSON.parse(await text(child.stdout)).hashes
}

test('a snapshot is written, read on from, and verified; a damaged one is not', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const { knownHashes } = deployment.settings.topics
  const file = join(deployment.folder, 'known.snapshot')
  const keyFile = join(deployment.folder, 'snapshot.key')
  writeFileSync(keyFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  const writing = ['hashset', 'snapshot', '--file', file, '--key-file', keyFile]
  const verifying = ['hashset', 'verify', file, '--key-file', keyFile]

  const empty = await terminal.run(writing)
  expect(empty).toMatchObject({ code: 1, err: expect.stringContaining('No snapshot was written') })
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(random)))
  expect((await terminal.run(writing)).out).toContain(
    `1 entries of ${knownHashes} (read from its beginning to 2)`,
  )
  await deployment.addKnown(knownHash('sha1', hashValue('sha1', `${'ab'.repeat(19)}00`)))
  expect((await terminal.run(writing)).out).toContain(
    `2 entries of ${knownHashes} (read on from offset 2 to 3)`,
  )
  expect(await terminal.run(verifying)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^2 entries.*3\n/),
  })

  const bytes = readFileSync(file)
  bytes[bytes.length - 100] ^= 1
  writeFileSync(file, bytes)
  expect(await terminal.run(verifying)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/is damaged in its section [a-z0-9.]+\n$/),
  })
  expect((await terminal.run(['hashset', 'snapshot'])).err).toContain('Which file?')
})
