// The AsyncAPI document of the topics, made from the schemas that check their messages.
import { GatewayKey } from './gateway-key.ts'
import { Type, type TSchema } from 'typebox'
import { DeadLetter } from './dead-letter.ts'
import { Decision } from './decision.ts'
import { Hit } from './hit.ts'
import { KnownHash } from './known-hash.ts'
import { ListApproval, ListState, ListStatistics } from './list-state.ts'
import { Outcome } from './outcome.ts'
import { Report } from './report.ts'
import { Status } from './status.ts'

interface Channel {
  readonly address: string
  readonly message: string
  readonly schema: TSchema
  readonly key: string
  readonly description: string
  /** Whether its records may carry a trace's header. */
  readonly isTraced?: true
  /** Of a message of several forms; left out: the value of its own field `schema`. */
  readonly title?: string
  /** Left out: JSON. */
  readonly contentType?: string
  readonly action: 'send' | 'receive'
}

/** The topics of the review service are written in transactions. */
const COMMITTED =
  'for those who read with isolation.level=read_committed: others may also see records that were taken back. Kept 10 years.'

const CHANNELS: Record<string, Channel> = {
  reports: {
    address: 'reports',
    message: 'Report',
    schema: Report,
    key: 'reportId',
    description:
      'Hash-only reports by platforms. Kept 30 days at most, by the time at which the broker got them. Among them are canary reports, of the platform `hashwarden-canary`: matchers send them to themselves.',
    isTraced: true,
    action: 'receive',
  },
  knownHashes: {
    address: 'known-hashes',
    message: 'KnownHash',
    schema: KnownHash,
    key: 'type:value:source:sourceId, the sourceId percent-encoded',
    description:
      'The known-hash set: compacted, one partition. A record without a value removes its key. The record with the key `_topic` holds the topic’s UUID.',
    action: 'receive',
  },
  hits: {
    address: 'hits',
    message: 'Hit',
    schema: Hit,
    key: 'hitId',
    description:
      'Hits for review. The topic may hold several records of one hitId, for example after a crash or after looking back: a reader keeps hits by their hitId and merges those of one id, in any order (the rules: src/contract/hit-merge.ts). Kept 90 days at most.',
    isTraced: true,
    action: 'send',
  },
  deadLetters: {
    address: 'reports.dlq',
    message: 'DeadLetter',
    schema: DeadLetter,
    key: 'topic-partition-offset of the record pointed to',
    description: 'Pointers to records that could not be read as reports. Kept 30 days.',
    action: 'send',
  },
  decisions: {
    address: 'decisions',
    message: 'Decision',
    schema: Decision,
    key: 'hitId',
    description: `What reviewers decided. Each decision once, those of a hit in order, ${COMMITTED}`,
    action: 'send',
  },
  outcomes: {
    address: 'outcomes',
    message: 'Outcome',
    schema: Outcome,
    key: 'hitId',
    description: `What a lawful viewing elsewhere found of a file that was decided on. Each outcome once, ${COMMITTED}`,
    action: 'send',
  },
  auditCheckpoints: {
    address: 'audit-checkpoints',
    message: 'AuditCheckpoint',
    schema: Type.String({
      description:
        'A signed note of C2SP (Ed25519): the name of the log, its size, its RFC 6962 root, the signature.',
    }),
    contentType: 'text/plain',
    key: 'the name of the log',
    description: `Signed states of the review service's audit: \`hashwarden review audit verify\` holds the audit against them. One partition, in order, ${COMMITTED}`,
    action: 'send',
  },
  status: {
    address: 'status',
    message: 'Status',
    schema: Status,
    key: 'process',
    description:
      'What each process says of itself, every two seconds. One that has said nothing for 10 s is gone, hangs, or cannot reach Kafka. Records may be lost. Kept an hour.',
    action: 'send',
  },
  lists: {
    address: 'lists',
    message: 'ListRecord',
    schema: Type.Union([ListState, ListApproval, ListStatistics]),
    title: 'list-state/1, list-approval/1 or list-statistics/1',
    key: 'state:<source>, approval:<source> or statistics:<source>',
    description:
      'Of each list: how far `hashwarden hashset sync` has read it and what it waits for, a person’s word on a change that waits, and what the list holds. Compacted, one partition.',
    action: 'send',
  },
  gatewayKeys: {
    address: 'gateway-keys',
    message: 'GatewayKey',
    schema: GatewayKey,
    key: 'id',
    description:
      'API keys of platforms that report by HTTPS, as digests. `hashwarden gateway keys` writes them, every gateway follows them. Compacted, one partition.',
    action: 'send',
  },
}

const TRACE_HEADERS = {
  type: 'object',
  properties: {
    traceparent: {
      type: 'string',
      pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
      description: 'W3C Trace Context. A hit has that of its report, if the report has one of this form.',
    },
  },
}

/** The AsyncAPI 3 document of what hashwarden reads and writes, made from the schemas that check it. */
export function asyncApiDocument(): object {
  const entries = Object.entries(CHANNELS)
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'hashwarden',
      version: '1',
      description:
        'Reports in, hits out: JSON, UTF-8, times in UTC. Unknown fields of reports and known hashes are refused; readers of other messages leave them out.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      entries.map(([id, { address, description, message }]) => [
        id,
        { address, description, messages: { [message]: { $ref: `#/components/messages/${message}` } } },
      ]),
    ),
    operations: Object.fromEntries(
      entries.map(([id, { action }]) => [
        `${action}${id[0].toUpperCase()}${id.slice(1)}`,
        { action, channel: { $ref: `#/channels/${id}` } },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        entries.map(([, { message, schema, key, isTraced, contentType, title }]) => [
          message,
          {
            name: message,
            ...(contentType === undefined ? {} : { contentType }),
            ...(isTraced ? { headers: TRACE_HEADERS } : {}),
            bindings: { kafka: { key: { type: 'string', description: key } } },
            payload: { $ref: `#/components/schemas/${message}` },
            title: title ?? (contentType === undefined ? schemaName(schema) : message),
          },
        ]),
      ),
      schemas: Object.fromEntries(entries.map(([, { message, schema }]) => [message, schema])),
    },
  }
}

/** Of a message in JSON: the value of its own field `schema`, for example `report/1`. */
const schemaName = (schema: TSchema): string =>
  // Every message has this field, and a literal in it: that is how a reader tells messages apart.
  (schema as unknown as { properties: { schema: { const: string } } }).properties.schema.const
