// How often a stranger may try cookies and tokens, and whose word counts for the address of a client.
import { expect, test } from 'vitest'
import { SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

/** As many as one address may get wrong in a minute. */
const TRIES = 300

const tryOnce = async (api: ReviewApi, n: number, forwardedFor?: string): Promise<number> => {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return (await api.ask('GET', '/api/me', { cookie: `${SESSION_COOKIE}=wrong-${n}`, headers })).status
}

async function tryOften(api: ReviewApi, forwardedFor: (n: number) => string | undefined): Promise<void> {
  for (let n = 0; n < TRIES; n += 50)
    await Promise.all(Array.from({ length: 50 }, (_, i) => tryOnce(api, n + i, forwardedFor(n + i))))
}

test('cookies that open nothing are not looked up any more after 300 tries, and people of the same address go on', async () => {
  await using api = await openReviewApi()
  const cookie = await api.signIn('reviewer')
  expect((await api.ask('GET', '/api/me', { cookie })).status).toBe(200)
  // Each with an address of its own, which nobody vouches for.
  await tryOften(api, (n) => `198.51.100.${n % 250}`)
  const refused = await api.ask('GET', '/api/me', { cookie: `${SESSION_COOKIE}=wrong` })
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
  const token = { authorization: 'Bearer a.b.c' }
  expect((await api.ask('GET', '/api/me', { headers: token })).status).toBe(429)
  expect((await api.ask('GET', '/api/me', { cookie })).status).toBe(200)
  // And so does somebody who signs in now.
  const body = { name: 'Ada', role: 'reviewer' }
  const { headers } = await api.ask('POST', '/sign-in/development', { body })
  const fresh = headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await api.ask('GET', '/api/me', { cookie: fresh })).status).toBe(200)
})

test('behind a proxy of the settings each client has a limit of its own, and can’t take another address', async () => {
  await using api = await openReviewApi({ trustProxy: ['127.0.0.0/8'] })
  // The client wrote the first address itself; the proxy added the second one.
  await tryOften(api, (n) => `198.51.100.${n % 250}, 203.0.113.7`)
  expect(await tryOnce(api, 0, '203.0.113.7')).toBe(429)
  expect(await tryOnce(api, 0, '203.0.113.8')).toBe(401)
})

test.each(['proxy.example.org', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', '', '::1/129', 'true'])(
  'the proxy %j is refused, because it is no address',
  async (proxy) => {
    await expect(openReviewApi({ trustProxy: [proxy] })).rejects.toThrow('review.trustProxy')
  },
)
