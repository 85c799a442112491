// Errors of kafkajs become one line that says what to do.
import { expect, test } from 'vitest'
import kafkajs from 'kafkajs'
import { explainKafkaError } from '../../src/kafka/errors.ts'
import { LogUnreachableError } from '../../src/log/log-faults.ts'

const connection = { clientId: 'test', brokers: ['kafka:9092'] }
/** As kafkajs makes them, whose types want another shape. */
const { KafkaJSProtocolError, KafkaJSNumberOfRetriesExceeded } = kafkajs as unknown as {
  readonly KafkaJSProtocolError: new (error: {
    readonly type: string
    readonly code: number
    readonly retriable: boolean
    readonly message: string
  }) => Error
  readonly KafkaJSNumberOfRetriesExceeded: new (
    error: Error,
    retries: { readonly retryCount: number; readonly retryTime: number },
  ) => Error
}

const stillLoading = new KafkaJSProtocolError({
  type: 'COORDINATOR_LOAD_IN_PROGRESS',
  code: 14,
  retriable: true,
  message: "The coordinator is loading and hence can't process requests.",
})

test.each([
  ['at once', stillLoading],
  ['after retries', new KafkaJSNumberOfRetriesExceeded(stillLoading, { retryCount: 5, retryTime: 10 })],
])('a broker that answers that it isn’t ready is not said to be away, %s', (_when, error) => {
  const explained = explainKafkaError(error, connection)
  expect(explained).toBeInstanceOf(LogUnreachableError)
  expect(explained.message).toBe(
    "Kafka at kafka:9092 isn't ready: The coordinator is loading and hence can't process requests.",
  )
})
