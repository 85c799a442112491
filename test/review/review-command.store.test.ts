// `hashwarden review` as a process: what it needs, what it waits for, and how it ends.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { storeHits } from '../../src/review/intake/store-hits.ts'
import { ReviewService } from '../../src/review/review-service.ts'
import { Sessions } from '../../src/review/sign-in/sessions.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { hitOf } from './made-hits.ts'
import { eventually } from '../fixtures/eventually.ts'
import { openReviewStore, type ReviewStore } from './review-store.ts'

const PROGRAM = new URL('../../src/cli/main.ts', import.meta.url).pathname
const NO_BROKER = '127.0.0.1:1'
/** No server listens there. */
const NO_DATABASE = 'postgres://somebody:a-secret@127.0.0.1:1/review'

let store: ReviewStore
beforeAll(async () => {
  store = await openReviewStore()
})
afterAll(() => store.close())

interface Review {
  readonly output: () => string
  /** Of the log: the address in the line with these words. */
  readonly address: (words: string) => Promise<string>
  readonly stop: () => Promise<number | null>
  readonly ended: Promise<number | null>
}

function review(environment: Readonly<Record<string, string>>, options: readonly string[] = []): Review {
  const { DATABASE_URL: _url, DATABASE_OWNER_URL: _owner, ...inherited } = process.env
  const child = spawn(
    process.execPath,
    [PROGRAM, 'review', '--port', '0', '--telemetry-port', '0', ...options],
    { env: { ...inherited, KAFKA_BROKERS: NO_BROKER, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  child.stdout.on('data', (data: Buffer) => (text += data.toString()))
  child.stderr.on('data', (data: Buffer) => (text += data.toString()))
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    output: () => text,
    address: async (words) => {
      const pattern = new RegExp(`"url":"([^"]+)"[^\n]*${words}`)
      await eventually(() => Promise.resolve(pattern.test(text)))
      return pattern.exec(text)?.[1] ?? ''
    },
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
    ended,
  }
}

const STARTING = 'Review service starting'
const READY = 'The review console is here'
const urls = () => ({ DATABASE_URL: store.serverUrl, DATABASE_OWNER_URL: store.ownerUrl })
const linesWith = (text: string, words: string): number =>
  text.split('\n').filter((line) => line.includes(words)).length

const settingsFile = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-review-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'settings.yaml')
  writeFileSync(file, text)
  return file
}
const refusal = async (process: Review): Promise<string> => {
  expect(await process.ended).toBe(1)
  return process.output()
}

const migrate = (): Promise<number | null> => {
  const child = spawn(process.execPath, [PROGRAM, 'review', 'migrate'], {
    env: { ...process.env, ...urls() },
    stdio: 'ignore',
  })
  return once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
}

describe('while Kafka is away', () => {
  test('people can work, it says once what it waits for, and it ends in order', async () => {
    const process = review(urls())
    const url = await process.address(READY)
    expect(await (await fetch(new URL('/api/sign-in-options', url))).json()).toMatchObject({
      provider: false,
    })
    const telemetry = await process.address(STARTING)
    await eventually(async () => {
      const answer = await fetch(new URL('/readyz', telemetry))
      return answer.status === 503 && (await answer.text()).includes('"kafka"')
    })
    expect(await process.stop()).toBe(0)
    expect(linesWith(process.output(), 'Kafka can’t be used')).toBe(1)
  })
})

test('once the tables are there, it serves without the owner’s address, and warns only if its own role owns them', async () => {
  expect(await migrate()).toBe(0)
  const server = review({ DATABASE_URL: store.serverUrl })
  await server.address(READY)
  expect(await server.stop()).toBe(0)
  expect(server.output()).not.toContain('the tables belong to the role that serves')
  const owner = review({ DATABASE_URL: store.ownerUrl })
  await owner.address(READY)
  expect(await owner.stop()).toBe(0)
  expect(owner.output()).toContain('the tables belong to the role that serves')
})

describe('while PostgreSQL is away', () => {
  test('it says so once, without the address and its password, is not ready, and ends in order', async () => {
    const process = review({ DATABASE_URL: NO_DATABASE })
    const telemetry = await process.address(STARTING)
    await eventually(async () => {
      const answer = await fetch(new URL('/readyz', telemetry))
      return (await answer.text()).includes('ECONNREFUSED')
    })
    expect(await process.stop()).toBe(0)
    expect(linesWith(process.output(), 'PostgreSQL can’t be used')).toBe(1)
    expect(process.output()).not.toContain('a-secret')
  })
})

describe('it refuses to start', () => {
  test('without DATABASE_URL', async () => {
    expect(await refusal(review({}))).toContain('DATABASE_URL is not set')
  })

  test('where others could use the development sign-in', async () => {
    const file = settingsFile('review: { host: 0.0.0.0, publicUrl: "https://review.example.org" }')
    const output = await refusal(review(urls(), ['--config', file]))
    expect(output).toMatch(/review\.host is 0\.0\.0\.0.*Set review\.signIn/)
  })

  test('on a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { readonly port: number }
    expect(await refusal(review(urls(), ['--port', String(port)]))).toContain('EADDRINUSE')
  })
})

const endSessions = async (options: readonly string[]): Promise<{ code: number | null; text: string }> => {
  const child = spawn(process.execPath, [PROGRAM, 'review', 'sessions', 'end', ...options], {
    env: { ...process.env, ...urls() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (data: Buffer) => (text += data.toString()))
  child.stderr.on('data', (data: Buffer) => (text += data.toString()))
  const [code]: (number | null)[] = await once(child, 'close')
  return { code: code ?? null, text }
}

describe('`review sessions end`', () => {
  test('ends those of one person, gives their leases back, and is in the audit', async () => {
    const sessions = new Sessions(store.server)
    const person = { name: 'x', roles: ['reviewer'], groups: [], isDevelopment: false } as const
    const [ada, ben] = [
      await sessions.begin({ ...person, subject: 'ada' }),
      await sessions.begin({ ...person, subject: 'ben' }),
    ]
    const settings = loadSettings(undefined, {}).review
    await storeHits(store.server, settings, [hitOf({ reportId: 'of the operator' })])
    const service = new ReviewService({ db: store.server, settings })
    await service.leaseNext({ ...person, subject: 'ada' }, {})
    expect(await endSessions(['--subject', 'ada'])).toEqual({
      code: 0,
      text: 'Sessions ended: 1. Leases given back: 1.\n',
    })
    expect(await sessions.find(ada, true)).toBeUndefined()
    expect(await sessions.find(ben, true)).toBeDefined()
    const entries = await store.owner.selectFrom('audit_entries').select('entry').execute()
    const ends = entries.map(({ entry }): unknown => JSON.parse(entry))
    expect(ends).toContainEqual(
      expect.objectContaining({ action: 'session-ended', actor: 'ada', details: { why: 'operator' } }),
    )
    expect(ends).toContainEqual(
      expect.objectContaining({
        action: 'lease-ended',
        details: expect.objectContaining({ why: 'session-ended' }),
      }),
    )
  })

  test('asks whose', async () => {
    const { code, text } = await endSessions([])
    expect([code, text]).toEqual([1, expect.stringContaining('--subject')])
  })
})

test('`review migrate` makes the tables and ends; a second time there is nothing to do', async () => {
  expect(await migrate()).toBe(0)
  expect(await migrate()).toBe(0)
})
