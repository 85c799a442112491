// Access tokens (JWT) of machine clients, and of people behind one: what makes one of use here. An ID token never is.
import { jwtVerify, type JWTVerifyGetKey } from 'jose'
import { hasSecondFactor, personOf, type Claims, type Person, type SignInSettings } from './person.ts'

/** Signatures that the holder of a public key can't make. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
const CLOCK_TOLERANCE_SECONDS = 30
/** RFC 9068 */
const ACCESS_TOKEN_TYPE = 'at+jwt'
/** Claims that only ID tokens have (OpenID Connect Core, 3.1.3.6 and 3.3.2.11). */
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash']

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
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'sub'],
  })
  if (!isAccessToken(payload)) throw new Error('It is no access token')
  if (!isOfService(payload, settings) && !hasSecondFactor(payload, settings))
    throw new Error('It names no second factor')
  return personOf(payload, settings)
}

/** Where the header does not tell. Keycloak names the type in the payload: `Bearer`, `ID`, `Refresh`. */
function isAccessToken(claims: Claims): boolean {
  const { typ } = claims
  return (typ === undefined || typ === 'Bearer') && OF_ID_TOKENS.every((name) => claims[name] === undefined)
}

/** By client credentials: no person has signed in, so there is no second factor. */
function isOfService({ sub, client_id: clientId, azp }: Claims, { serviceClients }: SignInSettings): boolean {
  const client = clientId ?? azp
  return sub === client || (typeof client === 'string' && (serviceClients?.includes(client) ?? false))
}
