import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { Sources } from '../../src/settings/source-settings.ts'
import { COMMAND_NAMES } from '../../src/cli/commands.ts'

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname

interface Service {
  readonly command?: readonly string[] | string
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly ports?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly profiles?: readonly string[]
  readonly networks: readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: object
  readonly image: string
}

const read = (file: string) => parse(readFileSync(join(DEPLOY, file), 'utf8'), { merge: true })
const compose = read('compose.yaml')
const services: Readonly<Record<string, Service>> = compose.services
const roles = ['topics', 'migrate', 'matcher', 'review', 'sync', 'serve', 'gateway']

test('every role runs a command of hashwarden, on settings that are valid, without rights, on a root that it cannot write', () => {
  const settings = loadSettings(join(DEPLOY, 'compose/hashwarden.yaml'), {})
  expect(settings.telemetry.host).toBe('0.0.0.0')
  for (const name of roles) {
    const { command, user, read_only, cap_drop } = services[name]
    expect(COMMAND_NAMES).toContain(command?.[0])
    expect(command?.slice(-2)).toEqual(['--config', compose.services[name].configs[0].target])
    expect({ user, read_only, cap_drop }).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    expect(user).toMatch(/^\$\{HASHWARDEN_USER:\?/)
  }
})

test('lists, sharing and the gateway run only where that is asked for, on sources and settings that are valid', () => {
  const asked = { sync: ['lists'], serve: ['sharing'], gateway: ['gateway'] }
  const profiles = Object.entries(services).flatMap(([name, one]) =>
    one.profiles ? [[name, one.profiles]] : [],
  )
  expect(Object.fromEntries(profiles)).toEqual(asked)
  expect(Compile(Sources).Errors(read('compose/sources.yaml'))).toEqual([])
  const { sharing, telemetry } = loadSettings(join(DEPLOY, 'compose/serve.yaml'), {})
  expect(sharing.tls?.key).toMatch(/^\/run\/secrets\/serve\//)
  expect(telemetry.host).toBe('0.0.0.0')
  const { gateway } = loadSettings(join(DEPLOY, 'compose/gateway.yaml'), {})
  expect(gateway.tls?.key).toMatch(/^\/run\/secrets\/gateway\//)
  // Each reads its own credentials.
  for (const name of Object.keys(asked))
    expect(services[name].volumes).toContain(`./compose/credentials/${name}:/run/secrets/${name}:ro`)
})

test('what a service names is there: networks, secrets, other services, files', () => {
  for (const [name, service] of Object.entries(services)) {
    for (const network of service.networks) expect(Object.keys(compose.networks), name).toContain(network)
    for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets), name).toContain(secret)
    const others = Array.isArray(service.depends_on)
      ? service.depends_on
      : Object.keys(service.depends_on ?? {})
    for (const other of others) expect(Object.keys(services), name).toContain(other)
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('.')) expect(existsSync(join(DEPLOY, source)), volume).toBe(true)
      else expect(Object.keys(compose.volumes), name).toContain(source)
    }
  }
})

test('ports are open on this machine alone, and every lasting service has a health check', () => {
  for (const [name, { ports = [], healthcheck }] of Object.entries(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    if (!['topics', 'migrate', 'database'].includes(name)) expect(healthcheck, name).toBeDefined()
  }
})

test('no password stands in the file, and the review service never holds the address of the owner of its tables', () => {
  for (const [name, { environment = {} }] of Object.entries(services))
    for (const variable of Object.keys(environment).filter((key) => /PASSWORD|_URL_/.test(key)))
      expect(environment[variable], name).toMatch(/^\/run\/secrets\//)
  expect(services['review']?.secrets).not.toContain('database-owner-url')
})

test('the brokers and Kafka’s version are those of the local broker', () => {
  expect(services['kafka']?.image).toBe(read('local/compose.yaml').services.kafka.image)
})

test('prepare.sh makes every secret that compose names, once, open to their owner alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-compose-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(DEPLOY, 'compose/prepare.sh'), join(folder, 'compose/prepare.sh'))
  const run = () => spawnSync('sh', [join(folder, 'compose/prepare.sh')], { encoding: 'utf8' })
  const { status, stderr } = run()
  expect(status, stderr).toBe(0)
  const files = Object.values<{ readonly file: string }>(compose.secrets).map(({ file }) =>
    join(folder, file),
  )
  const contents = files.map((file) => readFileSync(file, 'utf8'))
  for (const [index, file] of files.entries()) {
    expect(contents[index].length).toBeGreaterThan(40)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
  expect(new Set(contents).size).toBe(contents.length)
  expect(readFileSync(join(folder, '.env'), 'utf8')).toMatch(/^HASHWARDEN_USER=\d+:\d+\n$/)
  expect(run().status).toBe(0)
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(contents)
})
