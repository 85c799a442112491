import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { inspect } from 'node:util'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tokensOf, type Tokens } from '../../../src/kafka/security/tokens.ts'

interface Asked {
  readonly authorization: string
  readonly form: URLSearchParams
}

const SECRET = 'p:ä ss+w%rd'

function secretFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-tokens-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, content)
  chmodSync(file, 0o600)
  return file
}

/** A token endpoint that answers what it is told to, the tokens of an endpoint there, and what it was asked. */
async function endpoint(
  answer: (response: ServerResponse, count: number) => void,
  user = '',
): Promise<{ readonly tokens: Tokens; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request))
    asked.push({ authorization: request.headers.authorization ?? '', form })
    answer(response, asked.length)
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const tokens = tokensOf({
    mechanism: 'oauthbearer',
    tokenEndpoint: {
      url: `http://${user}127.0.0.1:${port}/token?hint=secret-hint`,
      clientId: 'hash warden',
      clientSecret: { file: secretFile(`${SECRET}\n`) },
      scope: 'kafka',
    },
  })
  return { tokens, asked }
}

const json = (response: ServerResponse, body: object): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

test('the client signs in as RFC 6749 says, with what is in the file and without its newline', async () => {
  const { tokens, asked } = await endpoint((response) =>
    json(response, { access_token: 'token', expires_in: 60 }),
  )
  expect(await tokens.current()).toBe('token')
  const [id, secret] = Buffer.from(asked[0].authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':')
  expect(id).toBe('hash+warden')
  expect(new URLSearchParams(`s=${secret}`).get('s')).toBe(SECRET)
  expect(Object.fromEntries(asked[0].form)).toEqual({ grant_type: 'client_credentials', scope: 'kafka' })
})

test('connections that are made at once, and later ones, share a token until it is refused', async () => {
  const { tokens, asked } = await endpoint((response, count) =>
    json(response, { access_token: `token-${count}`, expires_in: 3600 }),
  )
  expect(await Promise.all([tokens.current(), tokens.current()])).toEqual(['token-1', 'token-1'])
  expect(await tokens.current()).toBe('token-1')
  tokens.forget()
  expect(await tokens.current()).toBe('token-2')
  expect(asked.length).toBe(2)
})

test.each([[{ expires_in: 0 }], [{}]])('a token that lives %j is not kept', async (life) => {
  const { tokens } = await endpoint((response, count) =>
    json(response, { access_token: `token-${count}`, ...life }),
  )
  expect([await tokens.current(), await tokens.current()]).toEqual(['token-1', 'token-2'])
})

test.each<[string, (response: ServerResponse) => void, RegExp, boolean]>([
  [
    'refuses the client',
    (response) => response.writeHead(401).end('{"error":"secret-text"}'),
    /answered 401: check kafka\.sasl\.tokenEndpoint/,
    true,
  ],
  ['is in trouble', (response) => response.writeHead(503).end(), /answered 503$/, false],
  [
    'points elsewhere',
    (response) => response.writeHead(307, { location: '/other' }).end(),
    /Cannot reach/,
    false,
  ],
  ['hangs up', (response) => response.destroy(), /Cannot reach the token endpoint/, false],
  [
    'breaks off amid its answer',
    (response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{"access_token":"secret-', () => response.destroy())
    },
    /Cannot reach the token endpoint/,
    false,
  ],
  [
    'answers without an end',
    (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('secret-'.repeat(10_000)));
      }
      response.on('drain', more)
      more()
    },
    /answered more than 1048576 bytes/,
    true,
  ],
  ['answers no JSON', (response) => response.end('secret-text'), /without an access_token/, true],
  [
    'answers a token that would not fit into a header',
    (response) => json(response, { access_token: 'a\u0001b' }),
    /without an access_token/,
    true,
  ],
])('an endpoint that %s is named, without a secret', async (_, answer, expected, isRefusal) => {
  const { tokens } = await endpoint(answer)
  const error = await tokens.current().catch((why: unknown) => why)
  expect(error).toMatchObject({ code: 'TOKEN_ENDPOINT', isRefusal })
  expect(String(error)).toMatch(expected)
  expect(String(error)).not.toMatch(/secret-|ss\+w/)
})

test('a password in the address of the endpoint is in no error', async () => {
  const { tokens } = await endpoint((response) => json(response, {}), 'someone:secret-password@')
  const error = await tokens.current().catch((why: unknown) => why)
  expect(error).toMatchObject({ code: 'TOKEN_ENDPOINT' })
  expect(inspect(error, { depth: 9 })).not.toMatch(/secret-|someone/)
})

test('a token in a file is read anew for every sign-in', async () => {
  const file = secretFile('first')
  const tokens = tokensOf({ mechanism: 'oauthbearer', token: { file } })
  expect(await tokens.current()).toBe('first')
  writeFileSync(file, 'second\n')
  expect(await tokens.current()).toBe('second')
})
