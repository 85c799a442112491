// Commits that Kafka refuses for a reason that has nothing to do with the group's generation.
import kafkajs from 'kafkajs'
import { CommitRefusedError } from '../log/commit-refused.ts'

const GRANT = "Grant Read on the topic and on the group by Kafka's ACLs, as deploy/kafka.md lists them."

/** What to do, by Kafka's error code. After any other error kafkajs has to join the group again. */
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [12, 'Set offset.metadata.max.bytes of the brokers to 4096 or more.'],
  [28, "Kafka's own log says why."],
  [29, GRANT],
  [30, GRANT],
])

/** The error to throw for a commit's error: of a refusal one that says what to do; any other as it is. */
export function explainCommitError(error: unknown): unknown {
  if (!(error instanceof kafkajs.KafkaJSProtocolError)) return error
  const remedy = REMEDIES.get(error.code)
  return remedy === undefined
    ? error
    : new CommitRefusedError(`Kafka refuses the commit (${error.type}). ${remedy}`, { cause: error })
}
