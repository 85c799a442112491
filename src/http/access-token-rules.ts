// What an access token (JWT) of a client has to be, whatever it is for.

/** Signatures that the holder of a public key can't make. */
export const TOKEN_ALGORITHMS = [
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
export const CLOCK_TOLERANCE_SECONDS = 30
/** Claims that only ID tokens have (OpenID Connect Core, 3.1.3.6 and 3.3.2.11). */
const OF_ID_TOKENS = ['nonce', 'at_hash', 'c_hash']

/** Where the header does not tell. Keycloak names the type in the payload: `Bearer`, `ID`, `Refresh`. */
export function isAccessToken(claims: Readonly<Record<string, unknown>>): boolean {
  const { typ } = claims
  return (typ === undefined || typ === 'Bearer') && OF_ID_TOKENS.every((name) => claims[name] === undefined)
}
