// What the schema of a Kafka connection can't say: which form of `sasl` a mechanism needs, and which settings contradict
// each other.
import { Type, type TSchema } from 'typebox'
import {
  PasswordIdentity,
  SASL_MECHANISMS,
  TokenIdentity,
  type KafkaSettings,
} from '../kafka/security/kafka-connection.ts'

/** The schema that the mechanism of a `sasl` needs. The errors of a failed union mean nothing; those of this schema do. */
export function identityForm(sasl: unknown): TSchema {
  const mechanism: unknown = Reflect.get(Object(sasl), 'mechanism')
  if (mechanism === 'oauthbearer') return TokenIdentity
  if (SASL_MECHANISMS.some((name) => name === mechanism)) return PasswordIdentity
  return Type.Object({ mechanism: Type.Enum([...SASL_MECHANISMS]) })
}

/** Contradictions between settings, which no schema expresses, each as `/place problem`. */
export function kafkaContradictions({ tls, sasl }: KafkaSettings): readonly string[] {
  const wrong: string[] = []
  if (tls && (tls.certificate === undefined) !== (tls.key === undefined))
    wrong.push('/kafka/tls needs certificate and key, both or neither')
  if (!sasl) return wrong
  if (sasl.mechanism === 'oauthbearer' && (sasl.token === undefined) === (sasl.tokenEndpoint === undefined))
    wrong.push('/kafka/sasl needs either token or tokenEndpoint')
  if (sasl.mechanism === 'oauthbearer' && sasl.tokenEndpoint && !isPlainAddress(sasl.tokenEndpoint.url))
    wrong.push(
      '/kafka/sasl/tokenEndpoint/url must be an address without a user or a password: those belong into clientId and clientSecret',
    )
  if (!tls && (sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer'))
    wrong.push(
      `/kafka/sasl of mechanism ${sasl.mechanism} without /kafka/tls would send the secret unencrypted: set kafka.tls (\`tls: {}\` trusts the authorities that Node knows), or use scram-sha-512`,
    )
  return wrong
}

/** Whether a URL can be parsed, and holds no credentials: every error would quote them. */
function isPlainAddress(url: string): boolean {
  const { username, password } = URL.parse(url) ?? { username: url, password: '' }
  return username === '' && password === ''
}
