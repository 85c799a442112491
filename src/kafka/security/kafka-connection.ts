// The address of Kafka and the identity to use: settings, their check and their documents follow from this description.
// It names the places of secrets and holds none, so threads may get it.
import { Type, type Static } from 'typebox'
import { SecretPlace } from '../../secrets/secret-place.ts'

const TlsFiles = Type.Object(
  {
    ca: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'PEM file of the authorities to trust, or of the one certificate, instead of the authorities that Node knows.',
      }),
    ),
    certificate: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'PEM file of our own certificate and its chain, where the brokers ask for one (mutual TLS). Needs `key`.',
      }),
    ),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'PEM file of the private key of `certificate`. Only its owner may open it.',
      }),
    ),
    servername: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The name in the brokers’ certificates, if it differs from the host in kafka.brokers.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'TLS to the brokers. Certificates and names are always checked. The files are read for every connection, so files that are renewed in place need no restart. `tls: {}` trusts the authorities that Node knows.',
  },
)
export type TlsFiles = Static<typeof TlsFiles>

const PASSWORD_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
export const SASL_MECHANISMS = [...PASSWORD_MECHANISMS, 'oauthbearer'] as const

export const PasswordIdentity = Type.Object(
  {
    mechanism: Type.Enum([...PASSWORD_MECHANISMS], { description: 'How to sign in.' }),
    username: Type.String({ minLength: 1, description: 'Whom to sign in as.' }),
    password: SecretPlace('The place of the password.'),
  },
  { additionalProperties: false },
)
export type PasswordIdentity = Static<typeof PasswordIdentity>

const TokenEndpoint = Type.Object(
  {
    url: Type.String({
      pattern: '^(https://|http://(127\\.0\\.0\\.1|localhost)[:/])',
      description: 'https, or http on this machine.',
    }),
    clientId: Type.String({ minLength: 1, description: 'The client that asks for tokens.' }),
    clientSecret: SecretPlace('The place of the client secret.'),
    scope: Type.Optional(Type.String({ minLength: 1, description: 'The scope that it asks for.' })),
  },
  {
    additionalProperties: false,
    description: 'The endpoint that gives tokens by client credentials (RFC 6749, section 4.4).',
  },
)
export type TokenEndpoint = Static<typeof TokenEndpoint>

export const TokenIdentity = Type.Object(
  {
    mechanism: Type.Literal('oauthbearer'),
    token: Type.Optional(SecretPlace('The place where another program keeps a fresh token.')),
    tokenEndpoint: Type.Optional(TokenEndpoint),
  },
  { additionalProperties: false, description: 'Needs either `token` or `tokenEndpoint`.' },
)
export type TokenIdentity = Static<typeof TokenIdentity>

export type SaslIdentity = PasswordIdentity | TokenIdentity

export const KafkaConnection = Type.Object(
  {
    brokers: Type.Readonly(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description:
          'host:port of some brokers. The environment variable KAFKA_BROKERS (comma-separated) takes precedence.',
      }),
    ),
    clientId: Type.String({ minLength: 1, description: 'The name of this client in the logs of brokers.' }),
    sessionTimeoutMs: Type.Integer({
      minimum: 3_000,
      maximum: 1_800_000,
      description:
        'Session timeout of the consumer groups, in milliseconds: a member that sends no heartbeat for this long loses its partitions to the others. Brokers permit 6000 to 1800000 by default.',
    }),
    compression: Type.Enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
      description:
        'Compression of the records that are produced. Records that are read may be compressed in any of these ways.',
    }),
    tls: Type.Optional(TlsFiles),
    sasl: Type.Optional(
      Type.Union([PasswordIdentity, TokenIdentity], {
        description: 'Our identity for the brokers, unless the certificate in `tls` is one.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** How Kafka is reached and as whom, as the settings say it. */
export type KafkaSettings = Static<typeof KafkaConnection>

/** The same with kafkajs's session timeout and without compression where the caller says nothing of them. */
export type KafkaConnection = Omit<KafkaSettings, 'brokers' | 'sessionTimeoutMs' | 'compression'> & {
  readonly brokers: readonly string[]
  readonly sessionTimeoutMs?: number | undefined
  readonly compression?: KafkaSettings['compression'] | undefined
}
