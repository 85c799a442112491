// A real broker with one listener for each way to sign in, and some that are wrong on purpose.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type AclEntry } from 'kafkajs'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { rightsOf, type RightsHolder, type RightsNames } from '../../src/stream/topics/rights.ts'
import { Authority, type Identity } from '../kafka/security/certificates.ts'
import { eventually } from '../fixtures/eventually.ts'
import { administer } from './administer.ts'

/** Who may do everything. */
export const USER = { name: 'matcher', password: 'right-password' }
/** They may sign in by `plain`, and nothing more, until they are granted it. */
export const STRANGER = { name: 'stranger', password: 'strangers-password' }
export const REVIEW = { name: 'review', password: 'review-services-password' }
export const WATCHER = { name: 'watcher', password: 'watchers-password' }
/** The name in the certificate of the listener `misnamed`. */
export const OTHER_NAME = 'kafka.example'

const HOST = '127.0.0.1'
const LISTENERS = ['passwords', 'tokens', 'certificates', 'misnamed', 'expired'] as const
type Listener = (typeof LISTENERS)[number]

/** What may be done with a topic or a group; a name that ends with `*` stands for all that begin so. */
type Right = readonly [kafkajs.AclResourceTypes, string, ...kafkajs.AclOperationTypes[]]

export interface SecureBroker extends AsyncDisposable {
  /** Addresses by listener; `open` asks for nothing. */
  readonly address: Readonly<Record<Listener | 'open', string>>
  /** The PEM file of the authority that its certificates are of. */
  readonly ca: string
  readonly authority: Authority
  /** Writes a file that only its owner may read. */
  file(name: string, content: string): string
  /** Lets a user do these things. */
  grant(user: string, rights: readonly Right[]): Promise<void>
  /** Forbids a user these things, whatever is granted, until the function that it returns is called. */
  deny(user: string, rights: readonly Right[]): Promise<() => Promise<void>>
  /** On the same ports and records. */
  restart(): Promise<void>
}

export async function startSecureBroker(): Promise<SecureBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-secure-kafka-'))
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const authority = new Authority('authority of the tests')
  const ca = file('ca.pem', authority.certificate)
  const ports = await distinctPorts(LISTENERS.length + 2)
  const [port, controllerPort, ...others] = ports
  const portOf = Object.fromEntries(LISTENERS.map((name, index) => [name, others[index]]))
  const here = { hosts: [HOST, 'localhost'] }
  const identities: Record<Listener, Identity> = {
    passwords: authority.issue({ name: 'broker', ...here }),
    tokens: authority.issue({ name: 'broker', ...here }),
    certificates: authority.issue({ name: 'broker', ...here }),
    misnamed: authority.issue({ name: 'broker', hosts: [OTHER_NAME] }),
    expired: authority.issue({ name: 'broker', ...here, validDays: [-9, -2] }),
  }
  const broker = await startJavaBroker({
    dataDir: join(folder, 'broker'),
    port,
    controllerPort,
    formatArguments: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${USER.name},password=${USER.password}]`,
    ]),
    overrides: {
      listeners: [
        `PLAINTEXT://${HOST}:${port}`,
        `CONTROLLER://${HOST}:${controllerPort}`,
        ...LISTENERS.map((name) => `${name.toUpperCase()}://${HOST}:${portOf[name]}`),
      ].join(','),
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PASSWORDS:SASL_SSL,TOKENS:SASL_SSL,CERTIFICATES:SSL,MISNAMED:SSL,EXPIRED:SSL',
      'num.network.threads': '1',
      ...Object.assign({}, ...LISTENERS.map((name) => tlsOf(name, identities[name], ca, file))),
      ...PASSWORDS,
      ...TOKENS,
      'listener.name.certificates.ssl.client.auth': 'required',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': ['ANONYMOUS', USER.name, `CN=${USER.name}`].map((name) => `User:${name}`).join(';'),
    },
  })
  return {
    address: {
      open: broker.brokers,
      passwords: `${HOST}:${portOf['passwords']}`,
      tokens: `${HOST}:${portOf['tokens']}`,
      certificates: `${HOST}:${portOf['certificates']}`,
      misnamed: `${HOST}:${portOf['misnamed']}`,
      expired: `${HOST}:${portOf['expired']}`,
    },
    ca,
    authority,
    file,
    grant: async (user, rights) => {
      const acl = aclsOf(user, rights, kafkajs.AclPermissionTypes.ALLOW)
      await put(broker.brokers, acl)
    },
    deny: async (user, rights) => {
      const acl = aclsOf(user, rights, kafkajs.AclPermissionTypes.DENY)
      await put(broker.brokers, acl)
      return async () => {
        await administer(broker.brokers, (admin) => admin.deleteAcls({ filters: acl }))
      }
    },
    restart: () => broker.restart(),
    [Symbol.asyncDispose]: async () => {
      await broker.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const OPERATIONS = {
  Read: kafkajs.AclOperationTypes.READ,
  Write: kafkajs.AclOperationTypes.WRITE,
  Create: kafkajs.AclOperationTypes.CREATE,
  Delete: kafkajs.AclOperationTypes.DELETE,
  Describe: kafkajs.AclOperationTypes.DESCRIBE,
  DescribeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
  Alter: kafkajs.AclOperationTypes.ALTER,
  AlterConfigs: kafkajs.AclOperationTypes.ALTER_CONFIGS,
} as const
const RESOURCES = {
  topic: kafkajs.AclResourceTypes.TOPIC,
  group: kafkajs.AclResourceTypes.GROUP,
  'transactional id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
} as const

/** The rights that deploy/kafka.md lists for a program: those that it needs always, and those for `use`. */
export const listedRights = (holder: RightsHolder, names: RightsNames, use?: string): readonly Right[] =>
  rightsOf(holder, names)
    .filter(({ only }) => only === undefined || only === use)
    .map(({ resource, name, isPrefix, operations }) => [
      RESOURCES[resource],
      isPrefix ? `${name}*` : name,
      ...operations.map((operation) => OPERATIONS[operation]),
    ])

/** Resolves once the broker goes by them: it answers before that. */
async function put(brokers: string, acl: readonly AclEntry[]): Promise<void> {
  await administer(brokers, async (admin) => {
    await admin.createAcls({ acl: [...acl] })
    for (const one of acl) await eventually(() => isKnown(admin, one))
  })
}

async function isKnown(admin: kafkajs.Admin, filter: AclEntry): Promise<boolean> {
  const { resources } = await admin.describeAcls(filter)
  return resources.some(({ acls }) => acls.length > 0)
}

function aclsOf(
  user: string,
  rights: readonly Right[],
  permissionType: kafkajs.AclPermissionTypes,
): AclEntry[] {
  const { LITERAL, PREFIXED } = kafkajs.ResourcePatternTypes
  return rights.flatMap(([resourceType, name, ...operations]) =>
    operations.map((operation) => ({
      resourceType,
      resourceName: name.replace(/\*$/, ''),
      resourcePatternType: name.endsWith('*') ? PREFIXED : LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation,
      permissionType,
    })),
  )
}

function tlsOf(
  name: Listener,
  { certificate, key }: Identity,
  ca: string,
  file: (name: string, content: string) => string,
): Record<string, string> {
  const at = `listener.name.${name}.ssl`
  return {
    [`${at}.keystore.type`]: 'PEM',
    [`${at}.keystore.location`]: file(`${name}.pem`, `${key}${certificate}`),
    [`${at}.truststore.type`]: 'PEM',
    [`${at}.truststore.location`]: ca,
  }
}

const LOGIN = 'org.apache.kafka.common.security'
const PASSWORDS = {
  'listener.name.passwords.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'listener.name.passwords.plain.sasl.jaas.config': `${LOGIN}.plain.PlainLoginModule required ${[USER, STRANGER, REVIEW, WATCHER].map(({ name, password }) => `user_${name}="${password}"`).join(' ')};`,
  'listener.name.passwords.scram-sha-256.sasl.jaas.config': `${LOGIN}.scram.ScramLoginModule required;`,
  'listener.name.passwords.scram-sha-512.sasl.jaas.config': `${LOGIN}.scram.ScramLoginModule required;`,
}
/** Kafka's own validator for tests: tokens have no signature, and what is in them must hold. */
const TOKENS = {
  'listener.name.tokens.sasl.enabled.mechanisms': 'OAUTHBEARER',
  'listener.name.tokens.oauthbearer.sasl.jaas.config': `${LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
}

/** A token without a signature for {@link USER}, that is valid for so long from now. */
export function unsecuredToken(validSeconds: number): string {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const claims = { sub: USER.name, iat: nowSeconds - 3600, exp: nowSeconds + validSeconds }
  return `${tokenPart({ alg: 'none' })}.${tokenPart(claims)}.`
}

const tokenPart = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')

async function distinctPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
