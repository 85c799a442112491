import { expect, test } from 'vitest'
import { askForPage, type Connection } from '../../../src/lists/sync/https-request.ts'
import { SourceError } from '../../../src/lists/sync/source-error.ts'
import { TrapServer, type Answer, type Fault } from '../servers/trap-server.ts'
import { listening } from './reading.ts'

class PageServer extends TrapServer {
  protected override answer(): Answer {
    return { type: 'text/plain', body: 'x'.repeat(10_000) }
  }
}

const SECRET = 'Bearer the-secret'

async function failureWith(fault: Fault | undefined, connection: Connection = {}): Promise<SourceError> {
  const server = await listening(new PageServer())
  if (fault) server.faults.push(fault)
  const url = new URL(`${server.origin}/page?token=in-the-address`)
  const asking = askForPage(
    { url, headers: { authorization: SECRET } },
    connection,
    new AbortController().signal,
  )
  const error: unknown = await asking.catch((reason: unknown) => reason)
  if (error instanceof SourceError) return error
  throw new TypeError('It did not fail with a SourceError')
}

const status = (code: number, headers?: Readonly<Record<string, string>>): Fault => ({
  kind: 'status',
  status: code,
  ...(headers === undefined ? {} : { headers }),
})

test.each([
  [status(401), 'refused'],
  [status(403), 'refused'],
  [status(404), 'not-there'],
  [status(429), 'busy'],
  [status(500), 'server-error'],
  [status(503), 'busy'],
  [status(418), 'unexpected-answer'],
  [{ kind: 'cut-off' } as const, 'unreachable'],
])('an answer with %j has the code %s', async (fault, code) => {
  expect((await failureWith(fault)).code).toBe(code)
})

test('a redirection is not followed, so that credentials go nowhere else', async () => {
  const elsewhere = await listening(new PageServer())
  for (const code of [301, 302, 303, 307, 308]) {
    const error = await failureWith(status(code, { location: `${elsewhere.origin}/page` }))
    expect(error.code).toBe('redirected')
  }
  expect(elsewhere.asked).toEqual([])
})

test('Retry-After counts in seconds or names a date, and is bounded by an hour', async () => {
  expect((await failureWith(status(429, { 'retry-after': '7' }))).retryAfterMs).toBe(7_000)
  expect((await failureWith(status(503, { 'retry-after': '999999' }))).retryAfterMs).toBe(3_600_000)
  const date = new Date(Date.now() + 600_000).toUTCString()
  const ms = (await failureWith(status(503, { 'retry-after': date }))).retryAfterMs ?? 0
  expect(ms).toBeGreaterThan(500_000)
  expect(ms).toBeLessThanOrEqual(600_000)
  expect((await failureWith(status(503, { 'retry-after': 'soon' }))).retryAfterMs).toBeUndefined()
})

test('an answer that never ends is given up, and one that is too large is not read further', async () => {
  expect((await failureWith({ kind: 'hangs' }, { timeoutMs: 300 })).code).toBe('too-slow')
  expect((await failureWith({ kind: 'in-pieces', everyMs: 300 }, { timeoutMs: 1_000 })).code).toBe('too-slow')
  expect((await failureWith(undefined, { maxBytes: 9_999 })).code).toBe('too-large')
})

test('no error quotes an answer, an address or a credential', async () => {
  for (const fault of [
    status(302, { location: 'https://elsewhere.example' }),
    status(500),
    { kind: 'cut-off' } as const,
  ]) {
    const { message } = await failureWith(fault)
    expect(message).not.toMatch(/secret|in-the-address|elsewhere|no content of ours|127\.0\.0\.1/)
  }
})

test('a server that is not there is an error that waiting may mend', async () => {
  const server = await listening(new PageServer())
  const url = new URL(`${server.origin}/page`)
  await server.close()
  const error: unknown = await askForPage({ url, headers: {} }, {}, new AbortController().signal).catch(
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching('ECONNREFUSED') })
})
