// The settings of `hashwarden gateway`.
import { Type, type Static } from 'typebox'
import { GATEWAY_MAX_REPORTS } from '../contract/gateway.ts'
import { PlatformName } from '../contract/primitives.ts'
import { platformProblem } from '../contract/reporting-platform.ts'
import { ListenerTls } from './listener-tls.ts'

const strict = { additionalProperties: false } as const

const Tokens = Type.Object(
  {
    issuer: Type.String({ pattern: '^https?://', description: 'The `iss` of the tokens.' }),
    audience: Type.String({ minLength: 1, description: 'Their `aud`: this gateway.' }),
    keysUrl: Type.String({
      pattern: '^https?://',
      description: 'Address of the issuer’s public keys (JWKS). https, or a loopback address.',
    }),
    claim: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The claim that tells clients apart. Left out: `client_id`.',
      }),
    ),
    clients: Type.Array(
      Type.Object(
        {
          value: Type.String({ minLength: 1, description: 'Of the claim.' }),
          platform: { ...PlatformName, description: 'Whose reports come with such tokens.' },
        },
        strict,
      ),
      { minItems: 1, maxItems: 10_000, description: 'The platform of each client. Others are refused.' },
    ),
  },
  {
    ...strict,
    description: 'Access tokens (JWT) that platforms get by OAuth2 client credentials, beside API keys.',
  },
)

const Certificates = Type.Object(
  {
    ca: Type.String({
      minLength: 1,
      description:
        'PEM file of the authorities that sign the certificates of clients. It is read again when it changes.',
    }),
    platforms: Type.Array(
      Type.Object(
        {
          fingerprint: Type.String({
            pattern: '^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$',
            description: 'SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it.',
          }),
          platform: { ...PlatformName, description: 'Whose reports come with it.' },
        },
        strict,
      ),
      {
        minItems: 1,
        maxItems: 10_000,
        description:
          'The platform of each certificate; a platform may have several. Other certificates are no credential.',
      },
    ),
  },
  {
    ...strict,
    description: 'Certificates of clients (mTLS), beside API keys. Needs `tls`.',
  },
)

const quota = {
  reportsPerSecond: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1_000_000_000,
    description: 'Reports a second, over all gateways together.',
  }),
  burst: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    description:
      'Reports that may come at once after a pause. A larger request is taken after a pause that is long enough for the burst, and the ones after it wait the longer.',
  }),
}

export const GatewaySettings = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      description: 'Address that it listens on. Without `tls` a loopback address.',
    }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: '0: any free port.' }),
    tls: Type.Optional(ListenerTls),
    credentials: Type.Object(
      {
        keysFile: Type.Optional(
          Type.String({
            minLength: 1,
            description:
              'File of API keys, in place of the topic: a line `id platform sha256:…` for each, as `hashwarden gateway keys create PLATFORM --line` prints it. Only its owner may open it. A change of it counts within a second.',
          }),
        ),
        tokens: Type.Optional(Tokens),
        certificates: Type.Optional(Certificates),
      },
      { ...strict, description: 'Who may report. Every other request is refused.' },
    ),
    profile: Type.Enum(['provider', 'authority'], {
      description:
        'provider: inside a platform or a clearinghouse. authority: at an agency; a report without a basis, or with own-terms, is refused.',
    }),
    quotas: Type.Object(
      {
        default: Type.Object(quota, {
          ...strict,
          description: 'Of a platform that `platforms` does not name.',
        }),
        platforms: Type.Array(
          Type.Object(
            { platform: { ...PlatformName, description: 'As its credentials name it.' }, ...quota },
            strict,
          ),
          {
            description: 'Platforms with a quota of their own.',
            maxItems: 10_000,
          },
        ),
        assumedGateways: Type.Integer({
          minimum: 1,
          maximum: 1_000,
          description:
            'Gateways that a quota is shared by, at least, while a process does not know their number: in its first seconds, and while it can’t read or write topic `status`.',
        }),
      },
      {
        ...strict,
        description:
          'How much a platform may send. Each gateway lets an equal share of it pass; beyond it requests are refused with 429.',
      },
    ),
    limits: Type.Object(
      {
        inFlightMiB: Type.Integer({
          minimum: 16,
          maximum: 4_096,
          description:
            'Bytes of all requests that are being read, checked or written. Beyond them requests are refused with 503, and those of a platform that has half of them with 429. The process takes about six times as much memory.',
        }),
        rememberedReports: Type.Integer({
          // A request must not forget its own reports while it is checked.
          minimum: GATEWAY_MAX_REPORTS,
          maximum: 20_000_000,
          description:
            'Reports whose ids are remembered, at least: a repeat of one is not written again, and another content under its id is refused. About 85 bytes each.',
        }),
        requestSeconds: Type.Integer({
          minimum: 1,
          maximum: 300,
          description: 'A request has to arrive within this time.',
        }),
        connections: Type.Integer({
          minimum: 1,
          maximum: 100_000,
          description: 'Connections at a time. More are closed at once.',
        }),
        connectionsPerAddress: Type.Integer({
          minimum: 1,
          maximum: 100_000,
          description:
            'Connections of one address at a time (of IPv6: of one network of 64 bits). More are closed at once. Behind a balancer whose address all clients share: as many as `connections`.',
        }),
      },
      strict,
    ),
  },
  { ...strict, description: 'Reports by HTTPS, for platforms without Kafka.' },
)
export type GatewaySettings = Static<typeof GatewaySettings>

export type TokenSettings = Static<typeof Tokens>

export type CertificateSettings = Static<typeof Certificates>

/** What the lists of the gateway's settings say wrongly: names that no platform may have, and entries that stand there twice. */
export function gatewayContradictions({ credentials, quotas }: GatewaySettings): readonly string[] {
  const clients = credentials.tokens?.clients ?? []
  const at = {
    clients: '/gateway/credentials/tokens/clients',
    certificates: '/gateway/credentials/certificates/platforms',
    quotas: '/gateway/quotas/platforms',
  }
  return [
    ...wrongPlatforms(at.clients, clients),
    ...wrongPlatforms(at.certificates, credentials.certificates?.platforms ?? []),
    ...repeats(clients.map(({ value }) => value)).map(
      (index) => `${at.clients}/${index}/value is the one of another client: each may have one platform`,
    ),
    ...repeats(quotas.platforms.map(({ platform }) => platform)).map(
      (index) => `${at.quotas}/${index}/platform stands there twice: leave one quota of it`,
    ),
  ]
}

const wrongPlatforms = (at: string, entries: readonly { readonly platform: string }[]): readonly string[] =>
  entries.flatMap(({ platform }, index) => {
    const problem = platformProblem(platform)
    return problem === undefined ? [] : [`${at}/${index}/platform: ${problem}`]
  })

/** The indexes of values that came before. */
const repeats = (values: readonly string[]): readonly number[] => {
  const first = new Map<string, number>()
  for (const [index, value] of values.entries()) if (!first.has(value)) first.set(value, index)
  return [...values.keys()].filter((index) => first.get(values[index]) !== index)
}
