// Errors of kafkajs as one line that says what to do.
import kafkajs from 'kafkajs'
import {
  AccessRefusedError,
  isLogFault,
  LogFailedError,
  LogUnreachableError,
  UnknownTopicError,
} from '../log/log-faults.ts'
import { codesOf, errorsWithin } from '../telemetry/error-summary.ts'
import { checkSecurity } from './security/kafka-security.ts'
import type { KafkaConnection } from './security/kafka-connection.ts'
import { TokenEndpointError } from './security/tokens.ts'

/** A client's metadata lacks a partition: it was added since, or doesn't exist. A new client asks again. */
export class UnknownPartitionError extends Error {
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION'
  override readonly name = 'UnknownPartitionError'
  constructor(topic: string) {
    super(`The topic ${topic} has no such partition, as far as this client knows.`)
  }
}

/** Names, codes and messages of an error of kafkajs and of its causes, the outermost first. */
interface Symptoms {
  readonly names: readonly string[]
  /** Node's codes of TLS and of the system, and Kafka's error types. */
  readonly codes: readonly string[]
  readonly message: string
}

/**
 * Turns an error of the connection into one line that says what to do; returns any other as it is. The line never holds
 * the broker's own words, which may name users.
 * @param topics The topics of the request, which may not exist.
 */
export function explainKafkaError(
  error: unknown,
  connection: KafkaConnection,
  topics: readonly string[] = [],
): Error {
  if (isLogFault(error)) return error
  const chain = errorsWithin(error)
  const asked = chain.find((one) => one instanceof TokenEndpointError)
  if (asked)
    return new (asked.isRefusal ? AccessRefusedError : LogUnreachableError)(asked.message, { cause: asked })
  const symptoms = symptomsOf(chain)
  if (symptoms.codes.includes(UNKNOWN_TOPIC)) return unknownTopic(error, connection, topics)
  const refusal = refusalOf(symptoms, connection)
  const isAway = symptoms.names.some((name) =>
    /Connection|NumberOfRetries|NoBroker|RequestTimeout|Closed/.test(name),
  )
  // For example of a broker that has just started and has not loaded its groups.
  const notReady = chain.find((one) => one instanceof kafkajs.KafkaJSProtocolError && one.retriable)
  if (refusal === undefined && !isAway && notReady === undefined)
    return chain[0] instanceof kafkajs.KafkaJSError
      ? // The handler's group must not see an error of kafkajs: it would join again for no reason of its own.
        new LogFailedError(symptoms.message, { cause: error })
      : chain[0]
  try {
    // An unreadable file shows as a failed sign-in or connection.
    checkSecurity(connection)
  } catch (unreadable) {
    if (unreadable instanceof Error) return unreadable
  }
  if (refusal !== undefined) return new AccessRefusedError(refusal, { cause: error })
  const brokers = connection.brokers.join(', ')
  if (notReady !== undefined)
    return new LogUnreachableError(
      `Kafka at ${brokers} isn't ready: ${notReady.message.replace(/\.$/, '')}.`,
      { cause: error },
    )
  const why = symptoms.message.replace(/^Failed to connect: /, '')
  return new LogUnreachableError(
    `Cannot reach Kafka at ${brokers} (${why}). Is it running? Check kafka.brokers, and KAFKA_BROKERS, which beats it.${closedHint(symptoms.message, connection)}`,
    { cause: error },
  )
}

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION'

/** kafkajs retries the request until it gives up, which looks as if no broker were there. */
function unknownTopic(
  cause: unknown,
  { brokers }: KafkaConnection,
  topics: readonly string[],
): UnknownTopicError {
  const which = topics.length === 0 ? 'one of the topics in use' : `the topic ${topics.join(' or ')}`
  return new UnknownTopicError(
    `Kafka at ${brokers.join(', ')} doesn't have ${which}: create it by \`hashwarden topics apply\`, or name another under topics in the settings.`,
    { cause },
  )
}

/** The likely reason of a broker that closes a connection without an error; empty for another failure. */
function closedHint(message: string, { tls, sasl }: KafkaConnection): string {
  if (/before secure TLS connection/.test(message))
    return ' If this port does not speak TLS, take kafka.tls out.'
  if (!/closed|ECONNRESET|EPIPE/i.test(message)) return ''
  const missing = [
    ...(tls ? [] : ['TLS (kafka.tls)']),
    ...(sasl ? [] : ['a sign-in (kafka.sasl)']),
    ...(tls && tls.certificate === undefined ? ['a client certificate (kafka.tls.certificate)'] : []),
  ]
  const asks = missing.length === 0 ? '' : ` If this listener asks for ${missing.join(', or ')}, set that.`
  return tls?.certificate === undefined
    ? asks
    : `${asks} If the broker does not trust the certificate ${tls.certificate}, use one that it trusts.`
}

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/
const NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE)$/
const OUR_CERTIFICATE = /_ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/
const MAY_NOT = /^(TOPIC|GROUP|CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED$/

function refusalOf({ names, codes, message }: Symptoms, connection: KafkaConnection): string | undefined {
  const { tls, sasl } = connection
  const brokers = connection.brokers.join(', ')
  const has = (pattern: RegExp): boolean => codes.some((code) => pattern.test(code))
  if (has(UNTRUSTED))
    return `The certificate of Kafka at ${brokers} comes from an authority that isn't trusted here: name that authority's PEM file in kafka.tls.ca${tls?.ca === undefined ? '' : ` (${tls.ca} holds another)`}.`
  if (has(/^CERT_HAS_EXPIRED$/))
    return `The certificate of Kafka at ${brokers} has expired: renew it at the broker.`
  if (has(/^CERT_NOT_YET_VALID$/))
    return `The certificate of Kafka at ${brokers} isn't valid yet: compare the clocks of both machines.`
  if (has(/^ERR_TLS_CERT_ALTNAME_INVALID$/))
    return `The certificate of Kafka at ${brokers} is for another name: use the certificate's name in kafka.brokers, or set it as kafka.tls.servername.`
  if (has(OUR_CERTIFICATE))
    return tls?.certificate === undefined
      ? `Kafka at ${brokers} asks for a client certificate: set kafka.tls.certificate and kafka.tls.key.`
      : `Kafka at ${brokers} refuses the certificate ${tls.certificate}: check that the broker trusts its authority, and that it is still valid.`
  if (has(NO_TLS))
    return `Kafka at ${brokers} doesn't speak TLS at that port: take kafka.tls out, or name its TLS port.`
  if (has(/^UNSUPPORTED_SASL_MECHANISM$/) || /mechanism is not supported/.test(message))
    return `Kafka at ${brokers} doesn't offer kafka.sasl.mechanism ${sasl?.mechanism} at that port: enable it there, or choose another.`
  if (names.includes('KafkaJSSASLAuthenticationError') || has(/^SASL_AUTHENTICATION_FAILED$/)) {
    const what =
      sasl?.mechanism === 'oauthbearer'
        ? 'the token: check that it is still valid, and that the broker trusts its issuer'
        : `kafka.sasl.username or the password: check both, and that the broker has this user for ${sasl?.mechanism}`
    return `Kafka at ${brokers} refuses ${what}.`
  }
  if (has(MAY_NOT)) {
    const on = codes.find((code) => MAY_NOT.test(code))?.replace(/_AUTHORIZATION_FAILED$/, '')
    return `Kafka at ${brokers} doesn't let this identity do that (${on?.toLowerCase()}): grant it by Kafka's ACLs, as deploy/kafka.md lists them.`
  }
  return undefined
}

/** Whether a topic doesn't exist: one of the request, or one that kafkajs requests besides. */
export const isUnknownTopic = (error: unknown): boolean =>
  symptomsOf(errorsWithin(error)).codes.includes(UNKNOWN_TOPIC)

/** Whether a partition of a topic that was asked for has no leader. */
export const isLeaderless = (error: unknown): boolean =>
  symptomsOf(errorsWithin(error)).codes.includes('LEADER_NOT_AVAILABLE')

const symptomsOf = (chain: readonly Error[]): Symptoms => ({
  names: chain.map(({ name }) => name),
  codes: codesOf(chain),
  message: chain.map(({ message }) => message).find((text) => text !== '') ?? '',
})
