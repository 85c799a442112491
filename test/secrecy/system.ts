// The whole system as processes, signed in to a broker that grants each what deploy/kafka.md lists, with planted values.
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { startMatcherProcess, type MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { startServiceProcess, type ServiceProcess } from '../../src/cli/local/service-process.ts'
import { ROLES } from '../../src/contract/review.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { reviewTopics } from '../../src/stream/topics/topics.ts'
import { limitedTo } from '../deploy/limited.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from '../integration/deployment.ts'
import {
  listedRights,
  REVIEW,
  startSecureBroker,
  STRANGER,
  WATCHER,
  type SecureBroker,
} from '../integration/secure-broker.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startIdentityProvider,
  type TestProvider,
} from '../review/identity-provider.ts'
import { openReviewStore, type ReviewStore } from '../review/review-store.ts'
import { AUDIT_KEY, KNOWN, PEOPLE, SNAPSHOT_KEY } from './planted.ts'

export interface System extends AsyncDisposable {
  readonly broker: SecureBroker
  readonly deployment: Deployment
  readonly store: ReviewStore
  readonly provider: TestProvider
  readonly matcher: MatcherProcess
  /** Its `url` is the console's. */
  readonly review: ServiceProcess
  /** Where the review service has /metrics. */
  readonly reviewTelemetry: string
  /** Settings of somebody who signs in to Kafka with a password. */
  readonly settingsOf: (user: { readonly name: string; readonly password: string }) => Settings
}

export async function startSystem(): Promise<System> {
  await using open = new AsyncDisposableStack()
  const [broker, store, port] = await Promise.all([startSecureBroker(), openReviewStore(), freePort()])
  open.use(broker)
  open.use(store)
  const publicUrl = `http://127.0.0.1:${port}`
  const provider = open.use(
    await startIdentityProvider({
      people: PEOPLE,
      redirectUris: [`${publicUrl}/sign-in/callback`],
      signedOutUris: [`${publicUrl}/sign-in`],
    }),
  )
  const deployment = open.use(await Deployment.on(broker.address.open, {}, 2))
  const settingsOf: System['settingsOf'] = (user) => ({
    ...plantedSettings(deployment, broker, provider.issuer),
    kafka: {
      ...deployment.settings.kafka,
      brokers: [broker.address.passwords],
      tls: { ca: broker.ca },
      sasl: {
        mechanism: 'plain',
        username: user.name,
        password: { file: broker.file(`password-${user.name}`, user.password) },
      },
    },
  })
  const { log, settings } = deployment
  for (const topic of reviewTopics(settings.topics, 1)) await log.createTopic(topic, 1)
  await publishCanaries(log, settings.topics.knownHashes)
  await deployment.addKnown(...KNOWN)
  await Promise.all([
    broker.grant(STRANGER.name, listedRights('match', settings, 'looking back')),
    broker.grant(REVIEW.name, listedRights('review', settings)),
    broker.grant(WATCHER.name, listedRights('top', settings)),
  ])
  // With the rights that compose and the chart give them.
  const limited = { NODE_OPTIONS: limitedTo(deployment.folder, dirname(broker.ca)) }
  const [matcher, review] = await Promise.all([
    startMatcherProcess(settingsOf(STRANGER), join(deployment.folder, 'matcher'), { environment: limited }),
    startServiceProcess({
      command: ['review', '--port', String(port)],
      settings: settingsOf(REVIEW),
      folder: join(deployment.folder, 'review'),
      environment: { ...limited, DATABASE_URL_FILE: broker.file('database-url', store.serverUrl) },
    }),
  ])
  open.defer(() => matcher.stop())
  open.defer(() => review.stop())
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
  const reviewTelemetry = /"url":"([^"]+)"[^\n]*Review service starting/.exec(
    readFileSync(review.logFile, 'utf8'),
  )?.[1]
  if (reviewTelemetry === undefined) throw new Error('The review service did not say where its metrics are')
  const running = open.move()
  return {
    broker,
    deployment,
    store,
    provider,
    matcher,
    review,
    reviewTelemetry,
    settingsOf,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function plantedSettings({ settings, folder }: Deployment, broker: SecureBroker, issuer: string): Settings {
  const keyFile = broker.file('snapshot-key', SNAPSHOT_KEY.toString('hex'))
  return {
    ...settings,
    match: {
      ...settings.match,
      threads: 2,
      canarySeconds: 5,
      retro: { ...settings.match.retro, share: 0.5 },
      snapshot: { file: join(folder, 'known.snapshot'), keyFile, everyMinutes: 0 },
    },
    review: {
      ...settings.review,
      undoSeconds: 0,
      audit: {
        origin: 'planted.example',
        keyFile: broker.file('audit.pem', String(AUDIT_KEY.export({ type: 'pkcs8', format: 'pem' }))),
      },
      signIn: {
        issuer,
        clientId: CLIENT_ID,
        clientSecret: { file: broker.file('client-secret', CLIENT_SECRET) },
        groupsClaim: 'groups',
        roles: {
          ...Object.fromEntries(ROLES.map((role) => [role, [...PEOPLE['sub-40c-planted-reviewer'].groups]])),
          operator: [...PEOPLE['sub-87e-planted-operator'].groups],
        },
      },
    },
    telemetry: { ...settings.telemetry, logLevel: 'debug' },
  }
}

/** A file of a list in the system's folder. */
export function listFile({ deployment }: System, lines: readonly string[]): string {
  const file = join(deployment.folder, `${randomUUID()}.txt`)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}
