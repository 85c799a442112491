// `npm run test:image`: builds the image twice, looks into it, and runs its roles against a real Kafka and a real PostgreSQL.
// It needs root, buildah, crun, debootstrap, Java and minutes, so that `npm test` leaves it out. Prints what it has found.
// With --built it takes the image that it built the last time.
import { equal, match, ok } from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startJavaBroker } from '../../../src/cli/local/broker-java.ts'
import { freePort } from '../../../src/cli/local/broker-address.ts'
import { keyLine } from '../../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../../src/gateway/credentials/key-text.ts'
import { startLocalServer } from '../../../src/review/store/local-server.ts'
import { pause } from '../../../src/waiting/pause.ts'
import { BASE_IMAGE, makeBases, NODE_IMAGE } from './bases.ts'
import { MountedImage, USER, type Container } from './container.ts'
import { output, run } from './programs.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const IMAGE = 'localhost/hashwarden-test'
const PICTURE = '/opt/hashwarden/src/sample/images/moon.jpg'
/** A role that is not there after this time, in milliseconds, is a failure. */
const READY_MS = 60_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const started = performance.now()
const seconds = (): string => `${((performance.now() - started) / 1_000).toFixed(0)} s`

function build(tag: string): string {
  const bases = [
    `NODE=${process.env['IMAGE_NODE'] ?? NODE_IMAGE}`,
    `BASE=${process.env['IMAGE_BASE'] ?? BASE_IMAGE}`,
  ].flatMap((base) => ['--build-arg', base])
  const options = ['--isolation', 'chroot', '--no-cache', '--timestamp', '0', '--quiet', ...bases]
  run('buildah', [
    'bud',
    ...options,
    '--file',
    join(ROOT, 'deploy/Dockerfile'),
    '--tag',
    `${IMAGE}:${tag}`,
    ROOT,
  ])
  return output('buildah', ['images', '--quiet', '--no-trunc', `${IMAGE}:${tag}`])
}

/** The same sources and bases give the same image. */
function buildTwice(debian: string): void {
  if (!process.env['IMAGE_BASE']) makeBases(debian)
  say(`Bases       (${seconds()})`)
  const first = build('1')
  say(`Built       ${first} (${seconds()})`)
  const second = build('2')
  say(`Built again ${second} (${seconds()})`)
  equal(first, second)
}

/** Nothing in it that only a build needs, and nothing that gives rights. */
function lookInto({ root, config }: MountedImage): void {
  equal(config.User, `${USER}:${USER}`)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  for (const wrong of [
    /(^|\/)npm$/,
    /assemblyscript/,
    /(^|\/)vite$/,
    /(^|\/)bin\/(sh|bash|dash|busybox)$/,
    /^opt\/hashwarden\/(test|bench|src\/console)\//,
    // The review service serves the runbooks, and nothing else of deploy.
    /^opt\/hashwarden\/deploy\/(?!runbooks(\/|$))/,
  ])
    equal(
      files.find((file) => wrong.test(file)),
      undefined,
    )
  ok(files.some((file) => /\.cache\/kernel\/relaxed-\w+\.wasm$/.test(file)))
  ok(files.includes('opt/hashwarden/.cache/console/index.html'))
  ok(files.includes('opt/hashwarden/deploy/runbooks/HashwardenNoMatcher.md'))
  const modes = files.map((file) => [file, lstatSync(join(root, file))] as const)
  equal(modes.find(([, { mode }]) => (mode & 0o6000) !== 0)?.[0], undefined)
  const bytes = modes.reduce((sum, [, { size }]) => sum + size, 0)
  say(
    `Contents    ${files.length} files, ${Math.round(bytes / 1e6)} MB; no shell, no npm, no compiler, no setuid file`,
  )
}

/** The settings and the secrets of the roles, as a folder that the user of the image may read. */
function writeSecrets(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true })
  chownSync(folder, USER, USER)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o400)
    chownSync(join(folder, name), USER, USER)
  }
}

async function toItsEnd(container: Container): Promise<string> {
  equal(await container.ended, 0, container.text)
  return container.text
}

const isReady = async (port: number): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200

/** Waits until a role is ready, and ends it in order. */
async function whileReady(
  name: string,
  container: Container,
  port: number,
  work = async () => {},
): Promise<void> {
  let ended = false
  void container.ended.then(() => (ended = true))
  const lastTry = performance.now() + READY_MS
  try {
    while (!(await isReady(port))) {
      ok(!ended && performance.now() < lastTry, `${name} is not ready:\n${container.text}`)
      await pause(200)
    }
    await work()
  } finally {
    container.stop()
  }
  equal(await container.ended, 0, container.text)
  say(`${name.padEnd(12)}ready, and ended in order (${seconds()})`)
}

/** Follows the hits until there is one. */
async function firstHit(hits: Container): Promise<void> {
  const lastTry = performance.now() + READY_MS
  while (!hits.text.includes('"hitId"')) {
    ok(performance.now() < lastTry, `no hit came: ${hits.text}`)
    await pause(200)
  }
  hits.stop()
  await hits.ended
  say(`hits        a reported picture made one (${seconds()})`)
}

/** The status that a made-up report is answered with. */
async function reportBy(url: string, key: string): Promise<number> {
  const report = {
    schema: 'report/1',
    reportId: 'image-test',
    observedAt: '2026-01-31T00:00:00Z',
    mediaType: 'image',
    contentRef: 'image-test',
    hashes: [{ type: 'md5', value: '0123456789abcdef0123456789abcdef' }],
  }
  const headers = { 'x-api-key': key, 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(report) })).status
}

async function runRoles(image: MountedImage, folder: string): Promise<void> {
  const broker = await startJavaBroker({ dataDir: join(folder, 'kafka') })
  const database = await startLocalServer({ folder: join(folder, 'postgres'), port: await freePort() })
  const [matchPort, reviewPort, gatewayPort, telemetryPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const { key, id, digest } = newKey()
  const secrets = join(folder, 'secrets')
  const kafka = { brokers: [broker.brokers] }
  const audit = { keyFile: '/run/secrets/audit.pem' }
  try {
    writeSecrets(secrets, {
      'match.yaml': stringify({ kafka, telemetry: { port: matchPort } }),
      'review.yaml': stringify({
        kafka,
        review: { port: reviewPort, audit },
        telemetry: { port: telemetryPort },
      }),
      'gateway.yaml': stringify({
        kafka,
        gateway: { port: gatewayPort, credentials: { keysFile: '/run/secrets/gateway-keys' } },
        telemetry: { port: telemetryPort },
      }),
      'gateway-keys': keyLine(id, 'image-test', digest),
      'database-url': database.serverUrl,
      'database-owner-url': database.ownerUrl,
      'audit.pem': output('openssl', ['genpkey', '-algorithm', 'ed25519']),
    })
    const owner = 'DATABASE_OWNER_URL_FILE=/run/secrets/database-owner-url'
    const server = 'DATABASE_URL_FILE=/run/secrets/database-url'
    const start = (words: readonly string[], environment: readonly string[] = []): Container =>
      image.start(words, secrets, environment)

    match(await toItsEnd(start(['--version'])), /^\d+\.\d+\.\d+\n$/)
    match(
      await toItsEnd(start(['topics', 'apply', '--config', '/run/secrets/match.yaml'])),
      /reports: .*: done/,
    )
    say(`topics      applied (${seconds()})`)
    const matchSettings = ['--config', '/run/secrets/match.yaml']
    // With sharp, which needs libstdc++.
    const hashes = await toItsEnd(start(['hash', PICTURE]))
    writeSecrets(secrets, { 'list.txt': hashes })
    const list = ['--source', 'image-test', '--classification', 'example:A1', ...matchSettings]
    await toItsEnd(start(['hashset', 'import', '/run/secrets/list.txt', ...list]))
    // Ready: it has joined, has a set, and finds its canaries in every partition.
    await whileReady('match', start(['match', ...matchSettings]), matchPort, async () => {
      await toItsEnd(start(['report', '--platform', 'image-test', ...matchSettings, PICTURE]))
      await firstHit(start(['hits', '--json', '--from-beginning', ...matchSettings]))
    })
    const gatewaySettings = ['--config', '/run/secrets/gateway.yaml']
    await whileReady('gateway', start(['gateway', ...gatewaySettings]), telemetryPort, async () => {
      equal(await reportBy(`http://127.0.0.1:${gatewayPort}/v1/reports`, key), 202)
    })
    const settings = ['--config', '/run/secrets/review.yaml']
    await toItsEnd(start(['review', 'migrate', ...settings], [server, owner]))
    await whileReady('review', start(['review', ...settings], [server, owner]), telemetryPort, async () => {
      match(await (await fetch(`http://127.0.0.1:${reviewPort}/`)).text(), /<title>/)
    })
  } finally {
    await database.stop()
    await broker.stop()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-image-'))
chmodSync(folder, 0o755)
let image: MountedImage | undefined
try {
  if (!process.argv.includes('--built')) buildTwice(join(folder, 'debian'))
  image = new MountedImage(`${IMAGE}:1`, folder)
  lookInto(image)
  await runRoles(image, folder)
} finally {
  image?.remove()
  rmSync(folder, { recursive: true, force: true })
}
