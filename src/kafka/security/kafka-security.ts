// TLS and SASL for a connection to Kafka, as kafkajs takes them.
import type { KafkaConfig, Mechanism, SASLOptions } from 'kafkajs'
import { readSecret } from '../../secrets/secret.ts'
import type { KafkaConnection, PasswordIdentity, SaslIdentity } from './kafka-connection.ts'
import { oauthBearer } from './oauth-bearer.ts'
import { plainSockets, readTlsFiles, tlsSockets } from './sockets.ts'
import { tokensOf } from './tokens.ts'

/** kafkajs's configuration for this. Each new connection reads the secrets and certificates from their places. */
export const kafkaSecurity = ({
  tls,
  sasl,
}: KafkaConnection): Pick<KafkaConfig, 'socketFactory' | 'ssl' | 'sasl'> => ({
  ...(tls ? { ssl: true, socketFactory: tlsSockets(tls) } : { socketFactory: plainSockets }),
  ...(sasl && { sasl: mechanismOf(sasl) }),
})

/** Reads what the connection needs of files and the environment, so that a fault shows before the first connection. Throws. */
export function checkSecurity({ tls, sasl }: KafkaConnection): void {
  if (tls) readTlsFiles(tls)
  if (!sasl) return
  if (sasl.mechanism !== 'oauthbearer') readSecret(sasl.password, 'kafka.sasl.password')
  else if (sasl.token) readSecret(sasl.token, 'kafka.sasl.token')
  else if (sasl.tokenEndpoint)
    readSecret(sasl.tokenEndpoint.clientSecret, 'kafka.sasl.tokenEndpoint.clientSecret')
}

const mechanismOf = (sasl: SaslIdentity): SASLOptions | Mechanism =>
  sasl.mechanism === 'oauthbearer' ? oauthBearer(tokensOf(sasl)) : withPassword(sasl)

const withPassword = ({ mechanism, username, password }: PasswordIdentity): SASLOptions => ({
  mechanism,
  username,
  // kafkajs asks for it at every sign-in, so that a password that changed in its file takes effect without a restart.
  get password() {
    return readSecret(password, 'kafka.sasl.password')
  },
})
