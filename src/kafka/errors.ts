// Errors of kafkajs as one line that says what to do.
import kafkajs from 'kafkajs'
import { checkSecurity } from './security/kafka-security.ts'
import type { KafkaConnection } from './security/kafka-connection.ts'
import { TokenEndpointError } from './security/tokens.ts'

/** The brokers can't be reached. Trying again may help. */
export class KafkaUnreachableError extends Error {
  readonly code = 'KAFKA_UNREACHABLE'
  override readonly name = 'KafkaUnreachableError'
}

/** Kafka is there, but it or we refuse: who we are, who it is, or what we may do. Somebody has to mend that. */
export class KafkaRefusedError extends Error {
  readonly code = 'KAFKA_REFUSED'
  override readonly name = 'KafkaRefusedError'
}

/** Kafka is there, and a topic is not. Somebody has to make it, or is doing so. */
export class UnknownTopicError extends Error {
  readonly code = 'KAFKA_UNKNOWN_TOPIC'
  override readonly name = 'UnknownTopicError'
}

/** Any other error of kafkajs. It is no error of the group that a handler belongs to, so kafkajs must not see it again. */
export class KafkaFailedError extends Error {
  readonly code = 'KAFKA_FAILED'
  override readonly name = 'KafkaFailedError'
}

/** A client's metadata doesn't have a partition: it was added since, or doesn't exist. A new client knows. */
export class UnknownPartitionError extends Error {
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION'
  override readonly name = 'UnknownPartitionError'
  constructor(topic: string) {
    super(`The topic ${topic} has no such partition, as far as this client knows.`)
  }
}

/** Whether Kafka, or the way to it, is at fault: to try again later may help. Any other error is one of ours. */
export const isKafkasFault = (error: unknown): boolean =>
  error instanceof KafkaUnreachableError ||
  error instanceof KafkaRefusedError ||
  error instanceof UnknownTopicError ||
  error instanceof KafkaFailedError

/** Of an error of kafkajs and those within it: names, codes and messages, outermost first. */
interface Symptoms {
  readonly names: readonly string[]
  /** Node's of TLS and of the system; Kafka's error types. */
  readonly codes: readonly string[]
  readonly message: string
}

/**
 * An error of the connection as one line that says what to do; any other as it is. Never what the broker said in its own
 * words, which may name users.
 * @param topics What was asked for, and may not be there.
 */
export function explainKafkaError(
  error: unknown,
  connection: KafkaConnection,
  topics: readonly string[] = [],
): Error {
  if (error instanceof Error && isKafkasFault(error)) return error
  const chain = errorsWithin(error)
  const asked = chain.find((one) => one instanceof TokenEndpointError)
  if (asked) return new (asked.isRefusal ? KafkaRefusedError : KafkaUnreachableError)(asked.message)
  const symptoms = symptomsOf(chain)
  if (symptoms.codes.includes(UNKNOWN_TOPIC)) return unknownTopic(error, connection, topics)
  const refusal = refusalOf(symptoms, connection)
  const isAway =
    symptoms.names.some((name) => /Connection|NumberOfRetries|NoBroker|RequestTimeout|Closed/.test(name)) ||
    // A broker that has only just started, for example: its groups aren't loaded.
    chain.some((one) => one instanceof kafkajs.KafkaJSProtocolError && one.retriable)
  if (refusal === undefined && !isAway)
    return chain[0] instanceof kafkajs.KafkaJSError
      ? new KafkaFailedError(symptoms.message, { cause: error })
      : chain[0]
  try {
    // A file that can't be read shows as a sign-in or connection that failed.
    checkSecurity(connection)
  } catch (unreadable) {
    if (unreadable instanceof Error) return unreadable
  }
  if (refusal !== undefined) return new KafkaRefusedError(refusal, { cause: error })
  const brokers = connection.brokers.join(', ')
  const why = symptoms.message.replace(/^Failed to connect: /, '')
  return new KafkaUnreachableError(
    `Cannot reach Kafka at ${brokers} (${why}). Is it running, and is KAFKA_BROKERS right?${closedHint(symptoms.message, connection)}`,
    { cause: error },
  )
}

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION'

/** That kafkajs asks for it again and again, and gives up, makes it look as if no broker were there. */
function unknownTopic(
  cause: unknown,
  { brokers }: KafkaConnection,
  topics: readonly string[],
): UnknownTopicError {
  const which = topics.length === 0 ? 'a topic that is used here' : `the topic ${topics.join(' or ')}`
  return new UnknownTopicError(
    `Kafka at ${brokers.join(', ')} doesn't have ${which}: make it by \`hashwarden topics apply\`, or name another under topics in the settings.`,
    { cause },
  )
}

/** What a broker may have missed, or not liked, that closes a connection without a word; else nothing. */
function closedHint(message: string, { tls, sasl }: KafkaConnection): string {
  if (/before secure TLS connection/.test(message)) return ' Or does this port not speak TLS (kafka.tls)?'
  if (!/closed|ECONNRESET|EPIPE/i.test(message)) return ''
  const missing = [
    ...(tls ? [] : ['TLS (kafka.tls)']),
    ...(sasl ? [] : ['a sign-in (kafka.sasl)']),
    ...(tls && tls.certificate === undefined ? ['a client certificate (kafka.tls.certificate)'] : []),
  ]
  const asks = missing.length === 0 ? '' : ` Or does this listener ask for ${missing.join(', or ')}?`
  return tls?.certificate === undefined
    ? asks
    : `${asks} Or does the broker not trust the certificate ${tls.certificate}?`
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
    return `The certificate of Kafka at ${brokers} is of an authority that isn't trusted here: name its PEM file in kafka.tls.ca${tls?.ca === undefined ? '' : ` (${tls.ca} holds another)`}.`
  if (has(/^CERT_HAS_EXPIRED$/))
    return `The certificate of Kafka at ${brokers} has expired: renew it at the broker.`
  if (has(/^CERT_NOT_YET_VALID$/))
    return `The certificate of Kafka at ${brokers} isn't valid yet: look at the clocks of both machines.`
  if (has(/^ERR_TLS_CERT_ALTNAME_INVALID$/))
    return `The certificate of Kafka at ${brokers} is for another name: write the broker in kafka.brokers as its certificate does, or give that name in kafka.tls.servername.`
  if (has(OUR_CERTIFICATE))
    return tls?.certificate === undefined
      ? `Kafka at ${brokers} asks for a client certificate: set kafka.tls.certificate and kafka.tls.key.`
      : `Kafka at ${brokers} refuses the certificate ${tls.certificate}: is it of an authority that the broker trusts, and is it still valid?`
  if (has(NO_TLS))
    return `Kafka at ${brokers} doesn't speak TLS at that port: take kafka.tls out, or name its TLS port.`
  if (has(/^UNSUPPORTED_SASL_MECHANISM$/) || /mechanism is not supported/.test(message))
    return `Kafka at ${brokers} doesn't offer kafka.sasl.mechanism ${sasl?.mechanism} at that port: enable it there, or choose another.`
  if (names.includes('KafkaJSSASLAuthenticationError') || has(/^SASL_AUTHENTICATION_FAILED$/)) {
    const what =
      sasl?.mechanism === 'oauthbearer'
        ? 'the token: is it still valid, and does the broker know who issued it'
        : `kafka.sasl.username or the password: are they right, and does the broker know them for ${sasl?.mechanism}`
    return `Kafka at ${brokers} refuses ${what}?`
  }
  if (has(MAY_NOT)) {
    const on = codes.find((code) => MAY_NOT.test(code))?.replace(/_AUTHORIZATION_FAILED$/, '')
    return `Kafka at ${brokers} doesn't let this identity do that (${on?.toLowerCase()}): grant it by Kafka's ACLs, as deploy/kafka.md lists them.`
  }
  return undefined
}

/** Whether a topic that was asked for, or one that kafkajs asks for besides, is not there. */
export const isUnknownTopic = (error: unknown): boolean =>
  symptomsOf(errorsWithin(error)).codes.includes(UNKNOWN_TOPIC)

/** Whether a partition has no leader: of a topic that was asked for, or, where kafkajs lists topics, of any other. */
export const isLeaderless = (error: unknown): boolean =>
  symptomsOf(errorsWithin(error)).codes.includes('LEADER_NOT_AVAILABLE')

/** The error and its causes. kafkajs wraps the one that counts once or more often. */
function errorsWithin(error: unknown): readonly [Error, ...Error[]] {
  const outermost = error instanceof Error ? error : new Error(String(error))
  const inner: Error[] = []
  for (let at = outermost.cause; at instanceof Error && inner.length < 8; at = at.cause) inner.push(at)
  return [outermost, ...inner]
}

const symptomsOf = (chain: readonly Error[]): Symptoms => ({
  names: chain.map(({ name }) => name),
  codes: chain.flatMap((one) =>
    ['code', 'type']
      .map((field): unknown => Reflect.get(one, field))
      .filter((code) => typeof code === 'string'),
  ),
  message: chain.map(({ message }) => message).find((text) => text !== '') ?? '',
})
