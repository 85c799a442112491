// What a person reads when Kafka refuses a commit, and which errors are kafkajs's to handle.
import kafkajs from 'kafkajs'
import { expect, test } from 'vitest'
import { explainCommitError } from '../../src/kafka/commit-errors.ts'
import { CommitRefusedError } from '../../src/log/commit-refused.ts'

const protocolError = (code: number, type: string): Error =>
  new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { code, type, retriable: false }))

test.each([
  [12, 'OFFSET_METADATA_TOO_LARGE', 'Set offset.metadata.max.bytes of the brokers to 4096 or more.'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', "Kafka's own log says why."],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'Grant Read on the topic and on the group'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'Grant Read on the topic and on the group'],
])('a commit that Kafka refuses with error %i (%s) says what to do', (code, type, remedy) => {
  const cause = protocolError(code, type)
  const explained = explainCommitError(cause)
  expect(explained).toBeInstanceOf(CommitRefusedError)
  expect(explained).toMatchObject({ message: expect.stringContaining(`(${type}). ${remedy}`), cause })
})

test.each([
  protocolError(22, 'ILLEGAL_GENERATION'),
  protocolError(25, 'UNKNOWN_MEMBER_ID'),
  protocolError(27, 'REBALANCE_IN_PROGRESS'),
  protocolError(16, 'NOT_COORDINATOR_FOR_GROUP'),
  new Error('Connection timeout'),
  'a text',
])('kafkajs handles %s itself, by joining the group again', (error) => {
  expect(explainCommitError(error)).toBe(error)
})
