// Sign-in by bearer tokens.
import type { Mechanism } from 'kafkajs'
import type { Tokens } from './tokens.ts'

/** The client's reply to a refusal, so that the server ends the exchange (RFC 7628, section 3.2.3). */
const ACKNOWLEDGEMENT = '\u0001'

/** The broker refused the token. Its code is Kafka's own name for that. */
class TokenRefusedError extends Error {
  readonly code = 'SASL_AUTHENTICATION_FAILED'
  override readonly name = 'TokenRefusedError'
}

/**
 * SASL OAUTHBEARER (RFC 7628). kafkajs's own mechanism takes any first answer for a yes: a refused token would show only
 * as a connection that the broker closes without a reason.
 */
export const oauthBearer = (tokens: Tokens): Mechanism => ({
  mechanism: 'oauthbearer',
  authenticationProvider: ({ saslAuthenticate }) => ({
    authenticate: async () => {
      const request = message(`n,,\u0001auth=Bearer ${await tokens.current()}\u0001\u0001`)
      const refusal = await saslAuthenticate({ request, response: TEXT })
      if (!refusal) return
      tokens.forget()
      await saslAuthenticate({ request: message(ACKNOWLEDGEMENT), response: TEXT }).catch(() => {})
      throw new TokenRefusedError('The broker refused the token')
    },
  }),
})

/** kafkajs sends and returns messages with their length in front. */
const message = (text: string): { encode: () => Buffer } => ({
  encode: () => {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  },
})

const TEXT = {
  decode: (answer: Buffer): Buffer => answer.subarray(4),
  parse: (bytes: Buffer): string => bytes.toString('utf8'),
}
