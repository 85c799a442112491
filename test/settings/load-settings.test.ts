import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadPolicy, loadSettings, SettingsError } from '../../src/settings/load-settings.ts'
import { POLICY } from '../matcher/fixtures.ts'

const defaultFile = (name: string): string => fileURLToPath(new URL(`../../config/${name}`, import.meta.url))

/** A YAML file with this text, gone when the test is. */
function yamlFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-settings-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'mine.yaml')
  writeFileSync(file, text)
  return file
}

/** The default file with the field at `path` set to `value`; undefined takes it out. */
function changed(name: string, path: readonly string[], value: unknown): string {
  const document: unknown = parse(readFileSync(defaultFile(name), 'utf8'))
  let place: unknown = document
  for (const field of path.slice(0, -1)) place = Reflect.get(Object(place), field)
  Reflect.set(Object(place), path[path.length - 1], value)
  return yamlFile(stringify(document))
}

/** What loading says is wrong. */
function complaint(load: () => unknown): string {
  try {
    load()
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('The file was accepted.')
}

describe('the settings', () => {
  test('of the default file load', () => {
    expect(loadSettings(undefined, {})).toMatchObject({
      kafka: { brokers: ['127.0.0.1:9092'] },
      topics: { reports: 'reports', knownHashes: 'known-hashes', hits: 'hits', deadLetters: 'reports.dlq' },
      match: { minEntries: 1 },
      telemetry: { host: '127.0.0.1' },
    })
  })

  test('are the default ones where a file of one’s own says nothing', () => {
    const file = yamlFile('match: { minEntries: 7, retro: { share: 0 } }\nkafka: { brokers: [a:1] }\n')
    const defaults = loadSettings(undefined, {})
    expect(loadSettings(file, {})).toEqual({
      ...defaults,
      kafka: { ...defaults.kafka, brokers: ['a:1'] },
      match: { ...defaults.match, minEntries: 7, retro: { ...defaults.match.retro, share: 0 } },
    })
  })

  test('keep no snapshot unless a file is named, and need no key for it', () => {
    expect(loadSettings(undefined, {}).match.snapshot).toBeUndefined()
    const snapshot = { file: 'known.snapshot', everyMinutes: 60 }
    expect(
      loadSettings(changed('hashwarden.yaml', ['match', 'snapshot'], snapshot), {}).match.snapshot,
    ).toEqual(snapshot)
  })

  test.each<[string, object]>([
    ['TLS with the authorities that Node knows', { tls: {} }],
    ['mutual TLS', { tls: { ca: 'ca', certificate: 'c', key: 'k', servername: 'kafka' } }],
    [
      'SCRAM, TLS or not',
      { sasl: { mechanism: 'scram-sha-512', username: 'x', password: { variable: 'PASSWORD' } } },
    ],
    ['a token', { tls: {}, sasl: { mechanism: 'oauthbearer', token: { file: 'token' } } }],
  ])('take %s', (_, security) => {
    const { kafka } = loadSettings(undefined, {})
    const file = changed('hashwarden.yaml', ['kafka'], { ...kafka, ...security })
    expect(loadSettings(file, {}).kafka).toEqual({ ...kafka, ...security })
  })

  test.each<[string, readonly string[]]>([
    ['a:1', ['a:1']],
    ['a:1,b:2', ['a:1', 'b:2']],
    [' a:1 , b:2, ', ['a:1', 'b:2']],
  ])('KAFKA_BROKERS %j wins over the file', (variable, brokers) => {
    expect(loadSettings(undefined, { KAFKA_BROKERS: variable }).kafka.brokers).toEqual(brokers)
  })

  test('an empty KAFKA_BROKERS is none', () => {
    expect(loadSettings(undefined, { KAFKA_BROKERS: '' }).kafka.brokers).toEqual(['127.0.0.1:9092'])
  })

  test('a KAFKA_BROKERS that names no broker is refused', () => {
    expect(complaint(() => loadSettings(undefined, { KAFKA_BROKERS: ' , ' }))).toMatch(
      /KAFKA_BROKERS.*host:port/,
    )
  })

  test.each<[string, readonly string[], unknown, RegExp]>([
    ['an unknown field', ['kafkaa'], {}, /\/kafkaa is not a setting/],
    ['an unknown field further in', ['match', 'minEntry'], 1, /\/match\/minEntry is not a setting/],
    ['a number that is too small', ['match', 'minEntries'], 0, /\/match\/minEntries must be >= 1/],
    ['a text for a number', ['telemetry', 'port'], '9464', /\/telemetry\/port must be integer/],
    ['a port over 65,535', ['telemetry', 'port'], 65_536, /\/telemetry\/port must be <= 65535/],
    ['another index', ['match', 'index'], 'magic', /\/match\/index .*flat,bk-tree/],
    ['a snapshot without a file', ['match', 'snapshot'], { everyMinutes: 1 }, /\/match\/snapshot .*file/],
    [
      'a snapshot that is never in time',
      ['match', 'snapshot'],
      { file: 'x', everyMinutes: -1 },
      /everyMinutes must be >= 0/,
    ],
    [
      'a certificate without its key',
      ['kafka', 'tls'],
      { certificate: 'x' },
      /\/kafka\/tls needs certificate and key/,
    ],
    [
      'another mechanism',
      ['kafka', 'sasl'],
      { mechanism: 'magic' },
      /\/kafka\/sasl\/mechanism .*plain,.*oauthbearer/,
    ],
    [
      'a user without a password',
      ['kafka', 'sasl'],
      { mechanism: 'plain', username: 'x' },
      /\/kafka\/sasl must have .*: password\n/,
    ],
    [
      'a password in the file itself',
      ['kafka', 'sasl'],
      { mechanism: 'plain', username: 'x', password: 'hunter2' },
      /\/kafka\/sasl\/password must be object/,
    ],
    [
      'a password at two places',
      ['kafka', 'sasl'],
      { mechanism: 'plain', username: 'x', password: { file: 'a', variable: 'b' } },
      /\/kafka\/sasl\/password must not have more than 1/,
    ],
    [
      'a token from nowhere',
      ['kafka', 'sasl'],
      { mechanism: 'oauthbearer' },
      /\/kafka\/sasl needs either token or/,
    ],
    [
      'a password that would be seen on the way',
      ['kafka', 'sasl'],
      { mechanism: 'plain', username: 'x', password: { file: 'a' } },
      /without \/kafka\/tls would send the secret unencrypted/,
    ],
    [
      'a token endpoint without TLS',
      ['kafka', 'sasl'],
      {
        mechanism: 'oauthbearer',
        tokenEndpoint: { url: 'http://elsewhere/', clientId: 'x', clientSecret: { file: 'a' } },
      },
      /\/kafka\/sasl\/tokenEndpoint\/url must match pattern/,
    ],
    [
      'a token endpoint with a password in its address',
      ['kafka', 'sasl'],
      {
        mechanism: 'oauthbearer',
        tokenEndpoint: { url: 'https://me:hunter2@elsewhere/', clientId: 'x', clientSecret: { file: 'a' } },
      },
      /\/kafka\/sasl\/tokenEndpoint\/url must be an address without a user or a password/,
    ],
    [
      'a token endpoint whose address is none',
      ['kafka', 'sasl'],
      {
        mechanism: 'oauthbearer',
        tokenEndpoint: { url: 'https://hunter2:x:y/', clientId: 'x', clientSecret: { file: 'a' } },
      },
      /\/kafka\/sasl\/tokenEndpoint\/url must be an address/,
    ],
    ['no broker', ['kafka', 'brokers'], [], /\/kafka\/brokers must not have fewer than 1/],
  ])('%s is refused with file, place and expectation', (_, path, value, expected) => {
    const file = changed('hashwarden.yaml', path, value)
    const message = complaint(() => loadSettings(file, {}))
    expect(message).toContain(`${file} is not valid`)
    expect(message).toMatch(expected)
    expect(message).toContain(defaultFile('hashwarden.schema.json'))
    expect(message).not.toContain('hunter2')
  })

  test('twelve unknown fields are no silence', () => {
    const fields = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`unknown-${n}`, n]))
    expect(complaint(() => loadSettings(changed('hashwarden.yaml', ['match', 'x'], fields), {}))).toMatch(
      /\/match\/x/,
    )
    const text = readFileSync(defaultFile('hashwarden.yaml'), 'utf8')
    expect(complaint(() => loadSettings(yamlFile(`${stringify(fields)}${text}`), {}))).toMatch(
      /\/unknown-0 is not/,
    )
  })

  test.each<[string, string, RegExp]>([
    ['is empty', '', /must be object/],
    ['is a list', '- 1', /must be object/],
    ['is not YAML', 'kafka: [', /Cannot read/],
    ['has a field twice', 'kafka: {}\nkafka: {}\n', /it is not YAML at line 2, column 1 \(duplicate key\)/],
  ])('a file that %s is refused', (_, text, expected) => {
    const file = yamlFile(text)
    const message = complaint(() => loadSettings(file, {}))
    expect(message).toContain(file)
    expect(message).toMatch(expected)
  })

  test('a file that is not there is named', () => {
    expect(complaint(() => loadSettings('/nowhere/mine.yaml', {}))).toMatch(
      /Cannot read \/nowhere\/mine\.yaml.*ENOENT/,
    )
  })
})

describe('the policy', () => {
  test('of the default file: PDQ 31 of quality 50 in all orientations, blockhash 10 that only corroborates', () => {
    expect(loadPolicy()).toEqual(POLICY)
  })

  test.each<[string, readonly string[], unknown, RegExp]>([
    ['an unknown hash type', ['hashes', 'crc32'], { part: 'hit' }, /\/hashes\/crc32 is not a setting/],
    [
      'a distance of a cryptographic hash',
      ['hashes', 'md5', 'maxDistanceBits'],
      1,
      /\/hashes\/md5\/maxDistanceBits is not/,
    ],
    [
      'orientations of blockhash',
      ['hashes', 'blockhash', 'orientations'],
      {},
      /\/hashes\/blockhash\/orientations is not/,
    ],
    [
      'a distance over 64',
      ['hashes', 'pdq', 'maxDistanceBits'],
      65,
      /\/hashes\/pdq\/maxDistanceBits must be <= 64/,
    ],
    ['no distance', ['hashes', 'pdq', 'maxDistanceBits'], undefined, /\/hashes\/pdq .*maxDistanceBits/],
    ['another part', ['hashes', 'pdq', 'part'], 'maybe', /\/hashes\/pdq\/part .*hit,corroborate/],
    [
      'another orientation',
      ['hashes', 'pdq', 'orientations', 'forms'],
      ['sideways'],
      /\/hashes\/pdq\/orientations\/forms\/0/,
    ],
    ['a source in upper case', ['origins'], { NCMEC: 'ncmec' }, /\/origins\/NCMEC is not/],
    ['an origin in upper case', ['origins'], { mirror: 'NCMEC' }, /\/origins\/mirror must match pattern/],
  ])('%s is refused with file, place and expectation', (_, path, value, expected) => {
    const file = changed('policy.yaml', path, value)
    const message = complaint(() => loadPolicy(file))
    expect(message).toContain(`${file} is not valid`)
    expect(message).toMatch(expected)
  })

  test.each<[string, object]>([
    ['no rules', {}],
    ['only rules that corroborate', { md5: { part: 'corroborate' } }],
  ])('with %s is refused: it would never find anything', (_, hashes) => {
    expect(complaint(() => loadPolicy(changed('policy.yaml', ['hashes'], hashes)))).toMatch(/part: hit/)
  })
})

test('looking back without canaries is refused with the reason: it would wait for idle partitions for ever', () => {
  const file = changed('hashwarden.yaml', ['match', 'canarySeconds'], 0)
  expect(complaint(() => loadSettings(file, {}))).toMatch(
    /\/match\/canarySeconds is 0: .* Set canarySeconds above 0, or retro\.share to 0/,
  )
})

test('a client of tokens can’t be of the platform of canaries, and no client or quota stands there twice', () => {
  const tokens = {
    issuer: 'https://id.example.org',
    audience: 'reports',
    keysUrl: 'https://id.example.org/jwks',
    clients: [
      { value: 'a', platform: 'one' },
      { value: 'b', platform: 'hashwarden-canary' },
      { value: 'a', platform: 'two' },
    ],
  }
  const credentials = changed('hashwarden.yaml', ['gateway', 'credentials'], { tokens })
  const told = complaint(() => loadSettings(credentials, {}))
  expect(told).toContain(
    '/gateway/credentials/tokens/clients/1/platform: hashwarden-canary is the platform of canary reports',
  )
  expect(told).toContain('/gateway/credentials/tokens/clients/2/value is the one of another client')
  const quota = { platform: 'one', reportsPerSecond: 1, burst: 1 }
  const quotas = changed('hashwarden.yaml', ['gateway', 'quotas', 'platforms'], [quota, quota])
  expect(complaint(() => loadSettings(quotas, {}))).toContain(
    '/gateway/quotas/platforms/1/platform stands there',
  )
})
