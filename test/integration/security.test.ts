// Every way to sign in, on a real broker: with the right credentials a report makes a hit, with wrong ones a person
// reads one line that says what to do.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { reportTopic } from '../../src/stream/topics/report-topics.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'
import {
  listedRights,
  OTHER_NAME,
  startSecureBroker,
  STRANGER,
  unsecuredToken,
  USER,
  type SecureBroker,
} from './secure-broker.ts'
import { Terminal } from './terminal.ts'

type Security = Pick<Settings['kafka'], 'tls' | 'sasl'>
type Listener = keyof SecureBroker['address']

const CLIENT = { id: 'hashwarden', secret: 'right-client-secret' }
const random = seededRandom(7)
let broker: SecureBroker
let endpoint: Server
let endpointUrl: string

beforeAll(async () => {
  broker = await startSecureBroker()
  endpoint = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const address = endpoint.address()
  endpointUrl = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/token`
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await text(request)
  const right = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`
  if (request.headers.authorization !== right) response.writeHead(401).end()
  else response.end(JSON.stringify({ access_token: unsecuredToken(3600), expires_in: 3600 }))
}

afterAll(async () => {
  endpoint.closeAllConnections()
  endpoint.close()
  await broker[Symbol.asyncDispose]()
})

const trusting = (more: NonNullable<Security['tls']> = {}): NonNullable<Security['tls']> => ({
  ca: broker.ca,
  ...more,
})

const byPassword =
  (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password: string, username = USER.name) =>
  (): Security => ({
    tls: trusting(),
    sasl: {
      mechanism,
      username,
      password: { file: broker.file(`${mechanism}.${password}`, `${password}\n`) },
    },
  })

const byToken = (validSeconds: number) => (): Security => ({
  tls: trusting(),
  sasl: {
    mechanism: 'oauthbearer',
    token: { file: broker.file(`token.${validSeconds}`, unsecuredToken(validSeconds)) },
  },
})

const byEndpoint = (secret: string) => (): Security => ({
  tls: trusting(),
  sasl: {
    mechanism: 'oauthbearer',
    tokenEndpoint: {
      url: endpointUrl,
      clientId: CLIENT.id,
      clientSecret: { file: broker.file(`client.${secret}`, secret) },
    },
  },
})

const byCertificate = (of: (broker: SecureBroker) => Authority) => (): Security => {
  const { certificate, key } = of(broker).issue({ name: USER.name })
  return {
    tls: trusting({ certificate: broker.file('own.pem', certificate), key: broker.file('own.key', key) }),
  }
}

test.each<[string, Listener, () => Security]>([
  ['plain', 'passwords', byPassword('plain', USER.password)],
  ['scram-sha-256', 'passwords', byPassword('scram-sha-256', USER.password)],
  ['scram-sha-512', 'passwords', byPassword('scram-sha-512', USER.password)],
  ['oauthbearer, a token in a file', 'tokens', byToken(3600)],
  ['oauthbearer, a token endpoint', 'tokens', byEndpoint(CLIENT.secret)],
  ['mutual TLS', 'certificates', byCertificate(({ authority }) => authority)],
  [
    'TLS to a broker whose certificate has another name',
    'misnamed',
    () => ({ tls: trusting({ servername: OTHER_NAME }) }),
  ],
])(
  'by %s, lists are read, reports make hits in every thread, and batches are committed',
  async (_, listener, security) => {
    await using deployment = await Deployment.on(broker.address[listener], security())
    const known = randomBalancedHash(random)
    await deployment.addKnown(knownHash('pdq', known))
    await deployment.startMatcher(undefined, { threads: 2 })
    const reportIds = Array.from({ length: 6 }, (_one, index) => `report-${index}`)
    await deployment.submit(...reportIds.map((reportId) => pdqReport(known, reportId)))
    await deployment.untilAllMatched()
    expect([...(await deployment.reportIdsWithHit())].sort()).toEqual(reportIds)
  },
)

const REFUSALS: readonly (readonly [string, Listener, () => Security, RegExp])[] = [
  [
    'a wrong password (plain)',
    'passwords',
    byPassword('plain', 'wrong-password'),
    /refuses kafka\.sasl\.username or the password.*plain/,
  ],
  [
    'a wrong password (SCRAM-256)',
    'passwords',
    byPassword('scram-sha-256', 'wrong-password'),
    /refuses kafka\.sasl\.username or the password.*scram-sha-256/,
  ],
  [
    'a wrong password (SCRAM-512)',
    'passwords',
    byPassword('scram-sha-512', 'wrong-password'),
    /refuses kafka\.sasl\.username or the password.*scram-sha-512/,
  ],
  ['a token that has expired', 'tokens', byToken(-60), /refuses the token: check that it is still valid/],
  [
    'a client secret that the token endpoint refuses',
    'tokens',
    byEndpoint('wrong-secret'),
    /token endpoint http.* answered 401: check kafka\.sasl\.tokenEndpoint/,
  ],
  [
    'a mechanism that is not offered there',
    'tokens',
    byPassword('plain', USER.password),
    /doesn't offer kafka\.sasl\.mechanism plain/,
  ],
  [
    'an authority that is not known',
    'passwords',
    () => ({ ...byPassword('plain', USER.password)(), tls: {} }),
    /authority that isn't trusted here.*kafka\.tls\.ca/,
  ],
  [
    'a certificate of another name',
    'misnamed',
    () => ({ tls: trusting() }),
    /for another name.*kafka\.tls\.servername/,
  ],
  [
    'a certificate that has expired',
    'expired',
    () => ({ tls: trusting() }),
    /has expired: renew it at the broker/,
  ],
  [
    'no certificate of our own',
    'certificates',
    () => ({ tls: trusting() }),
    /client certificate.*kafka\.tls\.certificate/,
  ],
  [
    'a certificate of another authority',
    'certificates',
    byCertificate(() => new Authority('another authority')),
    /(refuses|not trust) the certificate .*own\.pem/,
  ],
  [
    'TLS where there is none',
    'open',
    () => ({ tls: trusting() }),
    /this port does not speak TLS, take kafka\.tls out/,
  ],
  ['no TLS where there is', 'certificates', () => ({}), /asks for TLS \(kafka\.tls\)/],
  [
    'an identity that may do nothing',
    'passwords',
    byPassword('plain', STRANGER.password, STRANGER.name),
    /doesn't let this identity do that.*ACLs/,
  ],
]

describe('a connection that fails is told in one line that says what to do and holds no secret', () => {
  test.each(REFUSALS)('%s', async (_, listener, security, expected) => {
    await using deployment = await Deployment.on(broker.address.open)
    const { kafka, topics } = deployment.settings
    const log = new KafkaLog({ ...kafka, brokers: [broker.address[listener]], ...security() })
    onTestFinished(() => log.close())
    const error: unknown = await log.offsets(topics.deadLetters).catch((why: unknown) => why)
    expect(error).toHaveProperty('message', expect.stringMatching(expected))
    expect(error).toHaveProperty('code', expect.stringMatching(/^KAFKA_/))
    expect(String(error)).not.toMatch(/\n|wrong-|right-|strangers-/)
  })
})

test.each([[['dlq', 'list']], [['match']]])(
  'hashwarden %j with a wrong password ends with that line',
  async (args) => {
    await using deployment = await Deployment.on(broker.address.open)
    const { kafka } = deployment.settings
    const settings = {
      ...deployment.settings,
      kafka: {
        ...kafka,
        brokers: [broker.address.passwords],
        ...byPassword('scram-sha-512', 'wrong-password')(),
      },
      telemetry: { ...deployment.settings.telemetry, port: 0 },
    }
    const { code, err } = await new Terminal({ folder: deployment.folder, settings }).run(args)
    expect(code).toBe(1)
    expect(err).toMatch(/^Kafka at .* refuses kafka\.sasl\.username or the password.*\.\n$/m)
    expect(err).not.toContain('wrong-password')
    expect(err).not.toContain(USER.name)
  },
)

test('with the rights that deploy/kafka.md lists, and no others, a matcher matches', async () => {
  await using deployment = await Deployment.on(broker.address.open)
  const { topics } = deployment.settings
  await broker.grant(STRANGER.name, listedRights('match', deployment.settings))
  const known = randomBalancedHash(random)
  await publishCanaries(deployment.log, topics.knownHashes)
  await deployment.addKnown(knownHash('pdq', known))
  await deployment.submit(pdqReport(known, 'report'))
  const matcher = await deployment.startMatcher(
    [broker.address.passwords],
    { canarySeconds: 1 },
    byPassword('plain', STRANGER.password, STRANGER.name)(),
  )
  await eventually(async () => (await deployment.reportIdsWithHit()).has('report'))
  const metrics = async (): Promise<string> => (await fetch(`${matcher.url}/metrics`)).text()
  await eventually(async () => /^hashwarden_canaries_found_total{type="pdq"} [1-9]/m.test(await metrics()))
  await eventually(async () => (await deployment.log.offsets(topics.status))[0].end > 0)
})

test('with the rights that deploy/kafka.md lists for it, `hashwarden top` sees every partition', async () => {
  await using deployment = await Deployment.on(broker.address.open)
  const { topics, match, kafka } = deployment.settings
  await broker.grant(STRANGER.name, listedRights('top', deployment.settings))
  await deployment.startMatcher()
  await deployment.untilAllMatched()
  const security = byPassword('plain', STRANGER.password, STRANGER.name)()
  const settings = {
    ...deployment.settings,
    kafka: { ...kafka, brokers: [broker.address.passwords], ...security },
  }
  const terminal = new Terminal({ folder: deployment.folder, settings })
  await eventually(async () => {
    const { out } = await terminal.run(['top', '--json'])
    const { partitions } = JSON.parse(out)
    const seen = partitions.filter(
      (one: { readonly topic: string; readonly group: string }) =>
        one.topic === topics.reports && one.group === match.group,
    )
    return seen.length === deployment.settings.provision.partitions
  })
})

test('where Kafka’s ACLs give each platform its own topic, it can write to no other’s', async () => {
  await using deployment = await Deployment.on(broker.address.open, {}, 3, ['own', 'other'])
  const { kafka, topics } = deployment.settings
  const { TOPIC } = kafkajs.AclResourceTypes
  await broker.grant(STRANGER.name, [[TOPIC, reportTopic(topics, 'own'), kafkajs.AclOperationTypes.WRITE]])
  const log = new KafkaLog({
    ...kafka,
    brokers: [broker.address.passwords],
    ...byPassword('plain', STRANGER.password, STRANGER.name)(),
  })
  onTestFinished(() => log.close())
  const report = { key: 'report', value: JSON.stringify(pdqReport(randomBalancedHash(random), 'report')) }
  // The broker may hear of a new right late.
  await eventually(async () => {
    await log.produce(reportTopic(topics, 'own'), [report])
    return true
  })
  await expect(log.produce(reportTopic(topics, 'other'), [report])).rejects.toThrow(
    /doesn't let this identity do that \(topic\)/,
  )
  const ends = await deployment.log.offsets(reportTopic(topics, 'other'))
  expect(ends.map(({ end }) => end)).toEqual([0, 0, 0])
})
