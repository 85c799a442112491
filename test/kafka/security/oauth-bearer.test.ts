// The exchange of SASL OAUTHBEARER, message by message, against a broker that is played by hand.
import type { SaslAuthenticateArgs } from 'kafkajs'
import { expect, test } from 'vitest'
import { oauthBearer } from '../../../src/kafka/security/oauth-bearer.ts'

/** A broker's answers in turn, and what it was sent. */
function broker(...answers: readonly (string | Error)[]) {
  const sent: string[] = []
  const saslAuthenticate = async <ParseResult>({
    request,
    response,
  }: SaslAuthenticateArgs<ParseResult>): Promise<ParseResult | void> => {
    const bytes = await request.encode()
    expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
    sent.push(bytes.subarray(4).toString('utf8'))
    const answer = answers[sent.length - 1]
    if (answer instanceof Error) throw answer
    if (!response) return undefined
    const body = Buffer.from(answer)
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    return response.parse(await response.decode(Buffer.concat([length, body])))
  }
  return { sent, saslAuthenticate }
}

function signIn(answers: readonly (string | Error)[]) {
  const forgotten: string[] = []
  const { sent, saslAuthenticate } = broker(...answers)
  const mechanism = oauthBearer({ current: async () => 'tökén', forget: () => forgotten.push('tökén') })
  const logger = {
    debug: () => {},
    error: () => {},
    info: () => {},
    warn: () => {},
    namespace: () => logger,
    setLogLevel: () => {},
  }
  const provider = mechanism.authenticationProvider({ host: 'broker', port: 9092, logger, saslAuthenticate })
  return { sent, forgotten, done: provider.authenticate() }
}

test('a token that the broker takes is one message', async () => {
  const { sent, forgotten, done } = signIn([''])
  await done
  expect(sent).toEqual(['n,,\u0001auth=Bearer tökén\u0001\u0001'])
  expect(forgotten).toEqual([])
})

test.each([
  ['ends the exchange', 'x'],
  ['closes the connection', new Error('Connection closed')],
])('a refused token is forgotten, and named as such, whether the broker %s or not', async (_, second) => {
  const { sent, forgotten, done } = signIn(['{"status":"invalid_token"}', second])
  await expect(done).rejects.toMatchObject({
    code: 'SASL_AUTHENTICATION_FAILED',
    message: 'The broker refused the token',
  })
  expect(sent.slice(1)).toEqual(['\u0001'])
  expect(forgotten).toEqual(['tökén'])
})

test('an error that says nothing of the token leaves it', async () => {
  const { forgotten, done } = signIn([new Error('Connection closed')])
  await expect(done).rejects.toThrow('Connection closed')
  expect(forgotten).toEqual([])
})
