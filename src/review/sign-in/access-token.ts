// Access tokens (JWT) of machine clients, and of people behind one: what makes one of use here. An ID token never is.
import { jwtVerify, type JWTVerifyGetKey } from 'jose'
import { CLOCK_TOLERANCE_SECONDS, isAccessToken, TOKEN_ALGORITHMS } from '../../http/access-token-rules.ts'
import { hasSecondFactor, personOf, type Claims, type Person, type SignInSettings } from './person.ts'

/** RFC 9068 */
const ACCESS_TOKEN_TYPE = 'at+jwt'

export interface TokenSource {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
}

/** Throws if the token is of no use here. */
export async function personOfToken(
  token: string,
  { issuer, audience, keys }: TokenSource,
  settings: SignInSettings,
): Promise<Person> {
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience,
    typ: settings.apiTokenType ?? ACCESS_TOKEN_TYPE,
    algorithms: TOKEN_ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'sub'],
  })
  if (!isAccessToken(payload)) throw new Error('It is no access token')
  if (!isOfService(payload, settings) && !hasSecondFactor(payload, settings))
    throw new Error('It names no second factor')
  return personOf(payload, settings)
}

/** By client credentials: no person has signed in, so there is no second factor. */
function isOfService({ sub, client_id: clientId, azp }: Claims, { serviceClients }: SignInSettings): boolean {
  const client = clientId ?? azp
  return sub === client || (typeof client === 'string' && (serviceClients?.includes(client) ?? false))
}
