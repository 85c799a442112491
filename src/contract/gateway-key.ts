// API keys of platforms, as the compacted topic `gateway-keys` has them: the SHA-256 of a key, never the key.
import { isIP } from 'node:net'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson, parseJson } from './json.ts'
import { PlatformName, Sha256Hex, Timestamp } from './primitives.ts'
import { explain, Rejection } from './rejection.ts'
import { platformProblem } from './reporting-platform.ts'

const KEY_RECORD_MAX_BYTES = 16 * 1024
const MOST_NETWORKS = 64

const GatewayKeyId = Type.String({ pattern: '^[a-z0-9]{8}$' })

/** A field that a version doesn't know could restrict the key: it refuses such a record, and so the key. */
export const GatewayKey = Type.Object(
  {
    schema: Type.Literal('gateway-key/1'),
    id: { ...GatewayKeyId, description: 'Names the key; it is a part of the key, and no secret.' },
    platform: { ...PlatformName, description: 'Whose reports come with it.' },
    sha256: { ...Sha256Hex, description: 'Of the text of the key.' },
    createdAt: Timestamp,
    expiresAt: Type.Optional({
      ...Timestamp,
      description: 'From then on the key is refused. Absent: never.',
    }),
    networks: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9a-fA-F:.]{2,45}/[0-9]{1,3}$' }), {
        minItems: 1,
        maxItems: MOST_NETWORKS,
        description:
          'The key is taken from these addresses only, as `192.0.2.0/24` or `2001:db8::/32`. Absent: from any.',
      }),
    ),
    revokedAt: Type.Optional({ ...Timestamp, description: 'The key is refused, for good.' }),
  },
  { additionalProperties: false },
)
export type GatewayKey = Static<typeof GatewayKey>

const check = Compile(GatewayKey)

export const encodeGatewayKey = (key: GatewayKey): string => canonicalJson(key)

/** Reads a record of the topic `gateway-keys`, or says why it is none. */
export function decodeGatewayKey(recordKey: Uint8Array | null, bytes: Uint8Array): GatewayKey | Rejection {
  const value = parseJson(bytes, KEY_RECORD_MAX_BYTES)
  if (value instanceof Rejection) return value
  if (!check.Check(value)) return explain(check, value)
  if (platformProblem(value.platform) !== undefined) return new Rejection('malformed-value', '/platform')
  const wrong = value.networks?.findIndex((network) => parseNetwork(network) === undefined) ?? -1
  if (wrong !== -1) return new Rejection('malformed-value', `/networks/${wrong}`)
  return recordKey !== null && Buffer.from(recordKey).toString('utf8') === value.id
    ? value
    : new Rejection('key-mismatch')
}

export interface Network {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A network in CIDR form; undefined if the text is none. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', size = '', ...more] = text.split('/')
  const version = isIP(address)
  const bits = Number(size)
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(size)) return undefined
  if (bits > (version === 4 ? 32 : 128)) return undefined
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}
