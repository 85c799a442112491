// What commands print reaches its reader, or the command says that it doesn't; and what they read may be packed.
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, inject, test } from 'vitest'
import { decodeHit, encodeHit, type Hit } from '../../src/contract/hit.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { IMAGES_FOLDER } from '../../src/sample/photographs.ts'
import { entry } from '../fixtures/entries.ts'
import { GOOD_PDQ, MD5, PDQ, reported, reportOf, setOf, sureHitOf } from '../matcher/fixtures.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'
import { Terminal } from './terminal.ts'

const random = seededRandom(17)
const FULL_DISK =
  "Standard output can't be written (the disk is full): stopped. What was printed last may be cut off.\n"

const hitOf = (reportId: string): Hit =>
  sureHitOf(setOf(entry('pdq', PDQ)), reportOf([GOOD_PDQ, reported('md5', MD5)], { reportId }))

/** The same report, matched again when a list had its MD5, too. */
const laterHitOf = (reportId: string): Hit =>
  sureHitOf(
    setOf(entry('pdq', PDQ), entry('md5', MD5)),
    reportOf([GOOD_PDQ, reported('md5', MD5)], { reportId }),
  )

async function deploymentWith(...hits: readonly Hit[]): Promise<Deployment> {
  const deployment = await Deployment.on(inject('kafkaBrokers'))
  for (const hit of hits)
    await deployment.log.produce(deployment.settings.topics.hits, [{ key: hit.hitId, value: encodeHit(hit) }])
  return deployment
}

describe('`hits`', () => {
  test('ends with exit code 1, in words, when the disk is full', async () => {
    await using deployment = await deploymentWith(hitOf('one'))
    const terminal = new Terminal(deployment)
    for (const args of [
      ['hits', '--json', '--from-beginning'],
      ['hits', '--from-beginning'],
    ])
      expect(await terminal.shell('"$@" > /dev/full', args)).toEqual({ code: 1, out: '', err: FULL_DISK })
  })

  test('ends when the reader of its pipe has seen enough, with no further hit needed', async () => {
    await using deployment = await deploymentWith(hitOf('one'))
    const { out, err } = await new Terminal(deployment).shell('{ "$@"; echo "exit $?" >&2; } | head -n 1', [
      'hits',
      '--json',
      '--from-beginning',
    ])
    expect(JSON.parse(out)).toMatchObject({ report: { reportId: 'one' } })
    expect(err).toBe('exit 1\n')
  })

  test('shows one hit for its several records, and again where one of them finds more', async () => {
    const records = [hitOf('one'), hitOf('one'), { ...laterHitOf('one'), retroactive: true }, hitOf('one')]
    await using deployment = await deploymentWith(...records, hitOf('last'))
    const terminal = new Terminal(deployment)
    const following = terminal.start(['hits', '--json', '--from-beginning'])
    let out = ''
    following.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
    await eventually(async () => out.split('\n').length > 3)
    following.kill('SIGINT')
    await once(following, 'exit')
    const shown = out
      .trimEnd()
      .split('\n')
      .map((line) => {
        const hit = decodeHit(Buffer.from(line))
        if (hit instanceof Rejection) throw new Error(hit.toString())
        return [
          hit.report.reportId,
          hit.grade,
          hit.matches.map(({ type }) => type).join('+'),
          hit.retroactive,
        ]
      })
    const ofOne = shown.filter(([reportId]) => reportId === 'one')
    expect(ofOne).toEqual([
      ['one', 'perceptual', 'pdq', false],
      ['one', 'exact-weak', 'md5+pdq', false],
    ])
    expect(shown).toHaveLength(3)
  })
})

describe('`report`', () => {
  test('on a full disk says how many reports were submitted without their ids being printed', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const args = ['report', join(IMAGES_FOLDER, 'moon.jpg')]
    expect(await new Terminal(deployment).shell('"$@" > /dev/full', args)).toEqual({
      code: 1,
      out: '',
      err: `1 reports are submitted; the ids of the last 1 of them could not be printed.\n${FULL_DISK}`,
    })
    const [{ end: first }, ...rest] = await deployment.log.offsets(deployment.settings.topics.reports)
    expect(rest.reduce((sum, { end }) => sum + end, first)).toBe(1)
  })

  test('goes on when standard error is closed', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const args = ['report', '/no/such/file', join(IMAGES_FOLDER, 'moon.jpg')]
    const terminal = new Terminal(deployment)
    // The reader of standard error has gone before anything is said.
    const { code, out } = await terminal.shell('{ "$@" 2>&1 >&3 | true; } 3>&1', args)
    expect(out).toMatch(/^[0-9a-f-]{36} {2}.*moon\.jpg\n$/)
    expect(code).toBe(0)
  })

  test.each<[string, (text: string) => Uint8Array]>([
    ['gzip', (text) => gzipSync(text)],
    ['UTF-16', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
    ['old Macs’ line ends', (text) => Buffer.from(text.replaceAll('\n', '\r'))],
  ])('reads --ndjson from %s', async (_, encode) => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const file = join(deployment.folder, 'hashes.ndjson')
    const line = JSON.stringify({ hashes: [{ type: 'pdq', value: randomBalancedHash(random) }] })
    writeFileSync(file, encode(`${line}\n${line}\n`))
    const { code, out, err } = await new Terminal(deployment).run(['report', '--ndjson', file])
    expect({ code, err, lines: out.split('\n').length }).toEqual({ code: 0, err: '', lines: 3 })
  })

  test('says of a degenerate hash that it will match nothing', async () => {
    await using deployment = await Deployment.on(inject('kafkaBrokers'))
    const input = '{"hashes":[{"type":"md5","value":"d41d8cd98f00b204e9800998ecf8427e"}]}\n'
    const { code, err } = await new Terminal(deployment).run(['report', '--ndjson', '-'], input)
    expect({ code, err }).toEqual({
      code: 0,
      err: 'line 1: the md5 hash is degenerate and will match nothing: it is the digest of an empty file\n',
    })
  })
})

test('`dlq list` on a full disk ends with exit code 1, in words', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const ended = await new Terminal(deployment).shell('"$@" > /dev/full', ['dlq', 'list'])
  expect(ended).toEqual({ code: 1, out: '', err: FULL_DISK })
})

test('what `hash` prints, with and without --json, is imported, removed and searched', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const list = join(deployment.folder, 'list.txt')
  const known = ['--source', 'test-list']
  const ROOT = new URL('../..', import.meta.url).pathname
  for (const option of ['', '--json']) {
    await terminal.shell(
      `"$1" "$2" hash ${option} src/sample/images/moon.jpg src/sample/images/rocket.jpg > "${list}"`,
      [],
    )
    expect(existsSync(join(ROOT, 'src/sample/images/rocket.jpg'))).toBe(true)
    const imported = await terminal.run(['hashset', 'import', list, ...known, '--classification', 'test:A1'])
    expect(imported).toEqual({ code: 0, out: '10 added, 0 changed, 0 unchanged\n', err: '' })
    const searched = await terminal.shell(
      `"$1" "$2" search --known "${list}" --type pdq --radius 0 "${list}"`,
      [],
    )
    expect(searched).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^(?:[0-9a-f]{64}\t[0-9a-f]{64}\t0\n){2}$/),
    })
    expect(await terminal.run(['hashset', 'remove', list, ...known])).toEqual({
      code: 0,
      out: '10 removed, 0 not there\n',
      err: '',
    })
  }
})

test('an import counts the degenerate values that it holds back', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const importing = ['hashset', 'import', '-', '--source', 'test-list', '--classification', 'test:A1']
  const list = `md5 ${MD5}\nmd5 d41d8cd98f00b204e9800998ecf8427e\n`
  expect(await new Terminal(deployment).run(importing, list)).toEqual({
    code: 0,
    out: [
      'lines, scheme test: 2 records',
      '  accepted   md5                                     1',
      '  held back  md5: it is the digest of an empty file  1',
      '2 added, 0 changed, 0 unchanged, 1 degenerate ones held back\n',
    ].join('\n'),
    err: '',
  })
})

test('a list that would remove much waits for --yes, and a dry run says as JSON what would happen', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const known = ['--source', 'test-list', '--classification', 'test:A1']
  const lines = Array.from(
    { length: 20 },
    (_, n) => `md5 ${MD5.slice(2)}${(n + 16).toString(16)} file-${n}\n`,
  )
  await terminal.run(['hashset', 'import', '-', ...known], lines.join(''))
  const whole = ['hashset', 'import', '-', ...known, '--complete']
  const half = lines.slice(0, 10).join('')

  const waiting = await terminal.run(whole, half)
  expect(waiting).toMatchObject({ code: 3, err: expect.stringContaining('remove 10 of the 20 entries') })
  const dry = await terminal.run([...whole, '--yes', '--dry-run', '--json'], half)
  expect(dry).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(dry.out)).toEqual({
    format: 'lines',
    scheme: 'test',
    dryRun: true,
    read: 10,
    accepted: { md5: 10 },
    notMatched: {},
    skipped: {},
    quarantined: {},
    rejected: [],
    rejectedCount: 0,
    added: 0,
    changed: 0,
    unchanged: 10,
    removed: 10,
  })
  expect(await terminal.run([...whole, '--yes'], half)).toEqual({
    code: 0,
    out: '0 added, 0 changed, 10 unchanged, 10 removed\n',
    err: '',
  })
  expect((await terminal.run(whole, half)).out).toBe('0 added, 0 changed, 10 unchanged\n')
})
