// The whole review service for a browser: the real process's parts, a database of the test's own, a real identity
// provider, and people with their browsers.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { createTelemetry } from '../../src/cli/match-service.ts'
import { startReview } from '../../src/cli/review-process.ts'
import { encodeHit, type Hit } from '../../src/contract/hit.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { COOKIE, SESSION_COOKIE } from '../../src/review/api/identity.ts'
import { personOf, type SignInSettings } from '../../src/review/sign-in/person.ts'
import { Sessions } from '../../src/review/sign-in/sessions.ts'
import type { ReviewSettings } from '../../src/settings/review-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import {
  keysTopic,
  listsTopic,
  reviewTopics,
  statusTopic,
  wantedTopics,
} from '../../src/stream/topics/topics.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { CLIENT_ID, CLIENT_SECRET, startIdentityProvider } from '../review/identity-provider.ts'
import { eventually } from '../fixtures/eventually.ts'
import { openReviewStore, type ReviewStore } from '../review/review-store.ts'

const PEOPLE = {
  ada: { name: 'Ada Lindqvist', groups: ['reviewers'] },
  ben: { name: 'Ben Achterberg', groups: ['reviewers', 'seconds'] },
  cleo: { name: 'Cleo Marsh', groups: ['supervisors'] },
  audre: { name: 'Audre Nwosu', groups: ['auditors'] },
  otto: { name: 'Otto Reyes', groups: ['operations'] },
  mallory: { name: 'Mallory Stone', groups: ['marketing'] },
} as const
export type PersonName = keyof typeof PEOPLE

const ROLES = {
  reviewer: ['reviewers'],
  'second-reviewer': ['seconds'],
  supervisor: ['supervisors'],
  operator: ['operations'],
  auditor: ['auditors'],
}

export interface OpenConsole {
  readonly url: string
  readonly store: ReviewStore
  readonly settings: ReviewSettings
  readonly topics: Settings['topics']
  readonly log: MemoryLog
  /** Resolves once the store has them: all have to be new. */
  readonly addHits: (hits: readonly Hit[]) => Promise<void>
  /** Hits that the store may have already. */
  readonly produce: (hits: readonly Hit[]) => Promise<void>
  /** A browser of somebody's own, at the sign-in page; it fails the test if the page throws or breaks its policy. */
  readonly page: (options?: BrowserContextOptions) => Promise<Page>
  /** The same, at the queue, with a session that the provider's claims would begin. Signing in is a test of its own. */
  readonly signedIn: (person: PersonName, options?: BrowserContextOptions) => Promise<Page>
}

/** Everything is closed when the test ends. */
export async function openConsole(
  browser: Browser,
  changes: Partial<ReviewSettings> = {},
): Promise<OpenConsole> {
  const store = await openReviewStore()
  onTestFinished(() => store.close())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const provider = await startIdentityProvider({
    people: PEOPLE,
    redirectUris: [`${url}/sign-in/callback`],
    signedOutUris: [`${url}/sign-in`],
  })
  onTestFinished(() => provider[Symbol.asyncDispose]())
  const settings = settingsFor(port, provider.issuer, changes)
  const log = await logWithTopics(settings)
  const stopping = new AbortController()
  const running = await startReview({
    ...createTelemetry('silent'),
    settings,
    databases: { databaseUrl: store.serverUrl, ownerUrl: store.ownerUrl },
    log,
    listener: { onFailure() {}, onRecovery() {}, onOffsetOutOfRange() {}, onStalled() {} },
    signal: stopping.signal,
  })
  onTestFinished(async () => {
    stopping.abort()
    await running?.stop()
  })
  const page: OpenConsole['page'] = async (options) => {
    const opened = await openPage(browser, options)
    await opened.goto(`${url}/sign-in`)
    return opened
  }
  const sessions = new Sessions(store.server)
  const signedIn: OpenConsole['signedIn'] = async (name, options) => {
    const opened = await openPage(browser, options)
    const person = personOf({ sub: name, ...PEOPLE[name] }, signInSettings(provider.issuer))
    const value = await sessions.begin(person)
    await opened
      .context()
      .addCookies([{ ...COOKIE, name: SESSION_COOKIE, value, domain: '127.0.0.1', sameSite: 'Lax' }])
    await opened.goto(url)
    return opened
  }
  return {
    url,
    store,
    settings: settings.review,
    topics: settings.topics,
    log,
    addHits: (hits) => addHits(log, store, hits),
    produce: (hits) => produce(log, hits),
    page,
    signedIn,
  }
}

async function logWithTopics({ topics, provision }: Settings): Promise<MemoryLog> {
  const log = new MemoryLog()
  onTestFinished(() => log.close())
  const { partitions } = provision
  const all = [
    ...wantedTopics(topics, partitions),
    ...reviewTopics(topics, partitions),
    statusTopic(topics.status),
    listsTopic(topics.lists),
    keysTopic(topics.gatewayKeys),
  ]
  for (const topic of all) await log.createTopic(topic)
  return log
}

/** To the topic, as a matcher does. */
async function produce(log: MemoryLog, hits: readonly Hit[]): Promise<void> {
  await log.produce(
    'hits',
    hits.map((hit) => ({ key: hit.hitId, value: encodeHit(hit) })),
  )
}

/** Resolves once the store has them. */
async function addHits(log: MemoryLog, { server }: ReviewStore, hits: readonly Hit[]): Promise<void> {
  const count = async (): Promise<number> =>
    (await server.selectFrom('hits').select('hit_id').execute()).length
  const before = await count()
  await produce(log, hits)
  await eventually(async () => (await count()) === before + hits.length, undefined, 20)
}

/** The key that signs the audit's checkpoints. */
function auditKeyFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-audit-key-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

const SECRET_VARIABLE = 'HASHWARDEN_TEST_CLIENT_SECRET'
process.env[SECRET_VARIABLE] = CLIENT_SECRET

function settingsFor(port: number, issuer: string, changes: Partial<ReviewSettings>): Settings {
  const settings = loadSettings(undefined, {})
  const audit = { ...settings.review.audit, keyFile: auditKeyFile() }
  return {
    ...settings,
    review: { ...settings.review, audit, port, signIn: signInSettings(issuer), ...changes },
  }
}

const signInSettings = (issuer: string): SignInSettings => ({
  issuer,
  clientId: CLIENT_ID,
  clientSecret: { variable: SECRET_VARIABLE },
  groupsClaim: 'groups',
  roles: ROLES,
})

async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris', ...options })
  context.setDefaultTimeout(Number(process.env['BROWSER_MS'] ?? 60_000))
  const page = await context.newPage()
  const faults: string[] = []
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('console', (message) => {
    if (/content security policy|trusted/i.test(message.text())) faults.push(message.text())
  })
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') {
      const name = task.name.replaceAll(/\W+/g, '-').slice(0, 60)
      await page.screenshot({ path: `.cache/browser/${name}-${Date.now()}.png` })
    }
    await context.close()
    if (faults.length > 0) throw new Error(`The page had faults: ${faults.join('\n')}`)
  })
  return page
}

/** Through the provider's page, as a person does it. */
export async function signIn(page: Page, person: PersonName): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with your organisation' }).click()
  await page.getByLabel('Name').fill(person)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Where the queue is shown. */
export const queueShown = (page: Page): Promise<void> =>
  page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor()

/** Takes the next case with Enter, and waits until it can be decided. An opinion that can still be undone keeps its case back. */
export async function takeNext(page: Page): Promise<void> {
  await queueShown(page)
  await eventually(async () => {
    if (new URL(page.url()).pathname !== '/') return true
    await page.keyboard.press('Enter')
    return false
  })
  await held(page)
}

/** The case of the address is shown, and can be decided. */
const IS_HELD = `Boolean(
  document.querySelector('.crumbs')?.textContent.endsWith('#' + location.pathname.split('/')[2]) &&
    document.querySelector('.verdict.refer:enabled'))`

export const held = (page: Page): Promise<void> =>
  eventually(() => page.evaluate<boolean>(IS_HELD), undefined, 20)

/** The number of the case that is shown. */
export const caseShown = (page: Page): string => new URL(page.url()).pathname.split('/')[2] ?? ''

/** Ends or shortens the leases of all cases, by PostgreSQL's clock. */
export async function leasesEndIn(store: ReviewStore, seconds: number): Promise<void> {
  await sql`update cases set lease_until = now() + make_interval(secs => ${seconds}) where state = 'leased'`.execute(
    store.owner,
  )
}
