// Whatever comes to whichever route, no request breaks the server, and neither an error's answer nor the log quotes one.
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DevelopmentSignInBody, ROLES } from '../../../src/contract/review.ts'
import { hitOf } from '../made-hits.ts'
import { hostileRequests, MARKER, type Document, type HostileRequest } from './hostile-requests.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

const AT_ONCE = 16
/** It has an index.html. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../../src/console', import.meta.url))

let api: ReviewApi
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
beforeAll(async () => {
  api = await openReviewApi({}, CONSOLE_FOLDER)
})
afterAll(async () => {
  agent.destroy()
  await api[Symbol.asyncDispose]()
})

interface Answered {
  readonly status: number
  readonly type: string
  readonly head: string
  readonly text: string
}

/** `fetch` would mend some of them. Of a stream of events only the head is read. */
function send({ method, path, headers, body }: HostileRequest): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const { hostname, port } = new URL(api.url)
  const length = { 'content-length': String(Buffer.byteLength(body ?? '')) }
  const asked = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } })
  asked.on('error', reject)
  asked.on('response', (answer) => {
    const type = answer.headers['content-type'] ?? ''
    const head = JSON.stringify(answer.rawHeaders)
    const done = (text: string): void => resolve({ status: answer.statusCode ?? 0, type, head, text })
    if (type === 'text/event-stream' && method === 'GET') {
      asked.off('error', reject).on('error', () => {})
      asked.destroy()
      done('')
      return
    }
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('end', () => done(Buffer.concat(parts).toString()))
    answer.on('error', reject)
  })
  asked.end(body)
  return promise
}

/** The one route that takes a body and is no part of the API. */
const withSignIn = ({ paths, components }: Document): Document => ({
  paths: {
    ...paths,
    '/sign-in/development': {
      post: {
        operationId: 'developmentSignIn',
        requestBody: { content: { 'application/json': { schema: DevelopmentSignInBody } } },
      },
    },
  },
  components,
})

/** What is wrong with the answer. */
function fault({ method }: HostileRequest, { status, type, head, text }: Answered): string | undefined {
  if (status < 200 || status >= 500) return `status ${status}`
  if (status < 400) return undefined
  if (head.includes(MARKER) || text.includes(MARKER))
    return `${status} quotes the request: ${text.slice(0, 200)}`
  if (method !== 'HEAD' && !type.startsWith('application/problem+json'))
    return `${status} is no problem: ${type}`
  return undefined
}

test(
  'no hostile request to any route breaks the server, is quoted by an error, or reaches the log',
  { timeout: 60_000 },
  async () => {
    const [caseId] = await api.addHits([hitOf({ reportId: 'hostile' })])
    const { json } = await api.ask('GET', '/api/openapi.json')
    const document = withSignIn(json as Document)
    const names = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    const person = async (name: string): Promise<[string, string]> => [
      name,
      await api.signIn('reviewer', { subject: name, roles: [...ROLES] }),
    ]
    const cookies = new Map(await Promise.all(names.map(person)))
    const requests = [...hostileRequests(document, (name) => cookies.get(name) ?? '', { caseId })]
    expect(requests.length).toBeGreaterThan(50 * names.length)
    const faults: string[] = []
    const waiting = requests.values()
    const worker = async (): Promise<void> => {
      for (const asked of waiting) {
        const wrong = await send(asked).then(
          (answered) => fault(asked, answered),
          (error: unknown) => String(error),
        )
        if (wrong !== undefined) faults.push(`${asked.what}: ${wrong}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    expect(faults.slice(0, 60)).toEqual([])
    const log = api.log.join('')
    expect(log).not.toContain('"level":50')
    expect(log).not.toContain(MARKER)
    expect((await api.ask('GET', '/api/sign-in-options')).status).toBe(200)
  },
)

test('a person has ten streams of events at most, and another one once one of them is closed', async () => {
  const cookie = await api.signIn('reviewer', { subject: 'streams' })
  // The requests above have used up what this address may try in a minute.
  const isKnown = async (): Promise<number> => (await api.ask('GET', '/api/me', { cookie })).status
  await expect.poll(isKnown, { timeout: 90_000, interval: 1_000 }).toBe(200)
  const open = async (): Promise<readonly [status: number, close: () => Promise<void> | undefined]> => {
    const answer = await fetch(new URL('/api/events', api.url), { headers: { cookie } })
    return [answer.status, () => answer.body?.cancel()]
  }
  const streams = await Promise.all(Array.from({ length: 10 }, open))
  expect(streams.map(([status]) => status)).toEqual(streams.map(() => 200))
  expect((await open())[0]).toBe(429)
  await streams[0]?.[1]()
  await expect.poll(async () => (await open())[0], { timeout: 30_000 }).toBe(200)
})

test('no address of a route can name a person, a file or a hash', async () => {
  const { json } = await api.ask('GET', '/api/openapi.json')
  const inAddresses = Object.values((json as Document).paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)),
  )
  const harmless = new Set([
    'caseId',
    'hitId',
    'undoId',
    'queue',
    'state',
    'stage',
    'mine',
    'cursor',
    'limit',
    // Closed lists: how far back the operations page looks, and the code of a dead letter.
    'range',
    'code',
  ])
  expect(inAddresses.filter((name) => !harmless.has(name))).toEqual([])
})
