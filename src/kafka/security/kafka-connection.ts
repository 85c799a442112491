import type { Secret } from '../../secrets/secret.ts'
import type { Compression } from '../fetch/compression.ts'

/** How Kafka is reached and as whom: settings, which name the places of secrets and hold none, so threads may get it. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly sessionTimeoutMs?: number | undefined
  /** Of what is produced; by default none. */
  readonly compression?: Compression | undefined
  readonly tls?: TlsFiles | undefined
  readonly sasl?: SaslIdentity | undefined
}

/** PEM files. Without `ca` the authorities that Node knows are trusted; certificate and key come together. */
export interface TlsFiles {
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** The name that the brokers' certificates bear, if it isn't the host. */
  readonly servername?: string | undefined
}

export type SaslIdentity = PasswordIdentity | TokenIdentity

export interface PasswordIdentity {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: Secret
}

/** Has a token, or the endpoint that gives tokens. */
export interface TokenIdentity {
  readonly mechanism: 'oauthbearer'
  readonly token?: Secret | undefined
  readonly tokenEndpoint?: TokenEndpoint | undefined
}

export interface TokenEndpoint {
  readonly url: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scope?: string | undefined
}
