// How Kafka is reached, and as whom. Secrets themselves are never settings: only the places where they are.
import { Type, type Static, type TSchema } from 'typebox'

const SecretPlace = (description: string) =>
  Type.Object(
    {
      file: Type.Optional(
        Type.String({ minLength: 1, description: 'Open to its owner only. Read anew for every sign-in.' }),
      ),
      variable: Type.Optional(Type.String({ minLength: 1, description: 'A variable of the environment.' })),
    },
    { additionalProperties: false, minProperties: 1, maxProperties: 1, description },
  )

const Tls = Type.Object(
  {
    ca: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'PEM file of the authorities, or of the one certificate, to trust instead of those that Node knows.',
      }),
    ),
    certificate: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'PEM file of our own certificate and its chain (mutual TLS).',
      }),
    ),
    key: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file of its private key, open to its owner only.' }),
    ),
    servername: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The name that the brokers’ certificates bear, if it is another than in kafka.brokers.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Talk TLS to the brokers. Their certificates and names are always checked. Files are read anew for every connection.',
  },
)

const PASSWORD_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

const PasswordIdentity = Type.Object(
  {
    mechanism: Type.Enum([...PASSWORD_MECHANISMS]),
    username: Type.String({ minLength: 1 }),
    password: SecretPlace('Where the password is.'),
  },
  { additionalProperties: false },
)

const TokenIdentity = Type.Object(
  {
    mechanism: Type.Literal('oauthbearer'),
    token: Type.Optional(SecretPlace('Where somebody else keeps a fresh token.')),
    tokenEndpoint: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: '^(https://|http://(127\\.0\\.0\\.1|localhost)[:/])',
            description: 'https, or http on this machine.',
          }),
          clientId: Type.String({ minLength: 1 }),
          clientSecret: SecretPlace('Where the client secret is.'),
          scope: Type.Optional(Type.String({ minLength: 1 })),
        },
        {
          additionalProperties: false,
          description: 'Where tokens are got by client credentials (RFC 6749, section 4.4).',
        },
      ),
    ),
  },
  { additionalProperties: false },
)

export const KafkaSettings = Type.Object(
  {
    brokers: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description:
        'host:port of some brokers. The environment variable KAFKA_BROKERS (comma-separated) wins.',
    }),
    clientId: Type.String({ minLength: 1 }),
    sessionTimeoutMs: Type.Integer({
      minimum: 3_000,
      maximum: 1_800_000,
      description:
        'A process that its consumer groups have not heard of for so long is taken for dead, and others take over. Brokers permit 6000 to 1800000 by default.',
    }),
    compression: Type.Enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
      description: 'Of what is produced. What is read may be compressed in any of these ways.',
    }),
    tls: Type.Optional(Tls),
    sasl: Type.Optional(
      Type.Union([PasswordIdentity, TokenIdentity], {
        description: 'Who we are to the brokers, where it isn’t the certificate that says so.',
      }),
    ),
  },
  { additionalProperties: false },
)

type KafkaSettings = Static<typeof KafkaSettings>

/** The form that the mechanism of a `sasl` asks for. Of a union that fails, only this form's errors mean something. */
export function identityForm(sasl: unknown): TSchema {
  const mechanism: unknown = Reflect.get(Object(sasl), 'mechanism')
  if (mechanism === 'oauthbearer') return TokenIdentity
  if (PASSWORD_MECHANISMS.some((name) => name === mechanism)) return PasswordIdentity
  return Type.Object({ mechanism: Type.Enum([...PASSWORD_MECHANISMS, 'oauthbearer']) })
}

/** What no schema says of settings that go together, as `/place what is wrong`. */
export function kafkaContradictions({ tls, sasl }: KafkaSettings): readonly string[] {
  const wrong: string[] = []
  if (tls && (tls.certificate === undefined) !== (tls.key === undefined))
    wrong.push('/kafka/tls needs certificate and key, both or neither')
  if (!sasl) return wrong
  if (sasl.mechanism === 'oauthbearer' && (sasl.token === undefined) === (sasl.tokenEndpoint === undefined))
    wrong.push('/kafka/sasl needs either token or tokenEndpoint')
  if (!tls && (sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer'))
    wrong.push(
      `/kafka/sasl of mechanism ${sasl.mechanism} without /kafka/tls would show the secret to whoever listens: set kafka.tls (\`tls: {}\` trusts the authorities that Node knows), or use scram-sha-512`,
    )
  return wrong
}
