// The room `settings` reads and checks config/*.yaml and the environment.
import { Type, type Static } from 'typebox'
import { KafkaConnection } from '../kafka/security/kafka-connection.ts'
import { GatewaySettings } from './gateway-settings.ts'
import { ReviewSettings } from './review-settings.ts'
import { SharingSettings } from './sharing-settings.ts'

const TopicName = (holds: string) =>
  Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$', description: `The topic of ${holds}.` })

export const Settings = Type.Object(
  {
    kafka: KafkaConnection,
    topics: Type.Object(
      {
        reports: TopicName('reports'),
        reportsPerPlatform: Type.Optional(
          Type.Boolean({
            description:
              'Each platform reports to a topic of its own, `<reports>.<platform>`. A report there that names another platform becomes a dead letter.',
          }),
        ),
        knownHashes: TopicName('known hashes'),
        hits: TopicName('hits'),
        deadLetters: TopicName('dead letters: pointers to records that are no reports'),
        decisions: TopicName('what people decided'),
        outcomes: TopicName('what a lawful viewing found later'),
        auditCheckpoints: TopicName('signed states of the audit'),
        status: TopicName('what each process says of itself'),
        lists: TopicName('where the synchronisation of each list stands, and what a list holds'),
        gatewayKeys: TopicName('the API keys of platforms, as digests'),
      },
      { additionalProperties: false },
    ),
    provision: Type.Object(
      {
        partitions: Type.Integer({
          minimum: 1,
          maximum: 10_000,
          description:
            'Partitions of reports, hits and dead letters. Those of reports bound the matcher threads of all processes together that can work at once.',
        }),
        replicationFactor: Type.Integer({
          minimum: 1,
          maximum: 10,
          description: 'Copies of each record, of every new topic: 3 in production.',
        }),
      },
      { additionalProperties: false, description: 'The topics that `hashwarden topics apply` makes.' },
    ),
    match: Type.Object(
      {
        group: Type.String({ minLength: 1, description: 'Consumer group of all matchers.' }),
        index: Type.Enum(['auto', 'flat', 'bk-tree', 'multi-index'], {
          description:
            'How perceptual hashes are searched. With flat or bk-tree a process matches in one thread, whatever `threads` says.',
        }),
        cachedAnswers: Type.Integer({
          minimum: 0,
          maximum: 10_000_000,
          description: 'Answers that the multi-index keeps for values that are reported again. 0: none.',
        }),
        threads: Type.Integer({
          minimum: 0,
          maximum: 256,
          description:
            'Matcher threads of a process, each a member of the group. 0: one for each core. Without effect where `index` is flat or bk-tree.',
        }),
        minEntries: Type.Integer({
          minimum: 1,
          description:
            'A known-hash set with fewer entries is a fault: the matcher is not ready and matches nothing.',
        }),
        canarySeconds: Type.Integer({
          minimum: 0,
          maximum: 3_600,
          description:
            'Each partition gets a canary report as often as this, which must be found; 0: none (then retro.share must be 0, too).',
        }),
        sliceMs: Type.Integer({
          minimum: 1,
          maximum: 5_000,
          description: 'A batch is matched in slices of about this time, with heartbeats between.',
        }),
        maxBytesPerPartition: Type.Integer({
          minimum: 65_536,
          description: 'Most bytes that one fetch brings of a partition. It bounds a batch, and so memory.',
        }),
        retro: Type.Object(
          {
            share: Type.Number({
              minimum: 0,
              maximum: 1,
              description: 'Share of the time of the main thread. 0: never.',
            }),
            maxLagRecords: Type.Integer({
              minimum: 0,
              description: 'Looking back waits while live matching is further behind than this.',
            }),
          },
          {
            additionalProperties: false,
            description:
              'Looking back: when known hashes change, retained reports are matched again, in the background.',
          },
        ),
        snapshot: Type.Optional(
          Type.Object(
            {
              file: Type.String({ minLength: 1, description: 'Path of the snapshot. It is the whole list.' }),
              keyFile: Type.Optional(
                Type.String({
                  minLength: 1,
                  description:
                    'File of 32 raw bytes or 64 hexadecimal digits that only its owner may open. With it the snapshot is encrypted by AES-256-GCM.',
                }),
              ),
              everyMinutes: Type.Number({
                minimum: 0,
                maximum: 1_440,
                description: '0: the matcher only reads it; `hashwarden hashset snapshot` writes it.',
              }),
            },
            {
              additionalProperties: false,
              description:
                'The known set on disk, so that a start reads only what changed since. Off if left out.',
            },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    review: ReviewSettings,
    gateway: GatewaySettings,
    sharing: SharingSettings,
    sync: Type.Object(
      {
        group: Type.String({
          minLength: 1,
          description:
            'Consumer group of the daemons that keep lists up to date. The member that has the partition of topic `lists` works; others wait.',
        }),
      },
      { additionalProperties: false },
    ),
    telemetry: Type.Object(
      {
        host: Type.String({
          minLength: 1,
          description: 'Address of /metrics, /healthz and /readyz: loopback, or 0.0.0.0 in a container.',
        }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, description: '0: any free port.' }),
        logLevel: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
          description: 'The least grave lines that are written.',
        }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

export type Settings = Static<typeof Settings>
