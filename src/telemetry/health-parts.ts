// The parts that readiness is made of, as /readyz names them. deploy/operations.md has them as a table.

export const KAFKA_PART = 'kafka'
export const KNOWN_SET_PART = 'known-set'
/** Of a process that shares the lists on, which has no known set. */
export const KNOWN_HASHES_PART = 'known-hashes'
/** Without them the set is searched, but nothing shows whether that works. */
export const CANARY_ENTRIES_PART = 'canary-entries'
/** The consumer group: joined at least once. A later loss of it shows as `kafka`, `canaries` or `progress`. */
export const GROUP_PART = 'group'
export const CANARIES_PART = 'canaries'
export const PROGRESS_PART = 'progress'
export const PUBLISHING_PART = 'publishing'
export const COMMITS_PART = 'commits'
export const LOOKING_BACK_PART = 'looking-back'
export const PARTITIONS_PART = 'partitions'
export const POSTGRES_PART = 'postgres'
export const INTAKE_PART = 'intake'
export const SYNC_PART = 'sync'
export const KEYS_PART = 'keys'
export const STOPPING_PART = 'stopping'

/** For operators, in Markdown. */
interface ReadinessPart {
  /** Whose part it is. */
  readonly of: string
  readonly notReadyWhile: string
  /** What matching, or the review service, does meanwhile. */
  readonly meanwhile: string
}

/** By part. */
export const READINESS: Readonly<Record<string, ReadinessPart>> = {
  [KAFKA_PART]: {
    of: 'connection of the process, and of each thread',
    notReadyWhile: 'Kafka is away, refuses us, or a batch has failed',
    meanwhile: 'waits; if one batch has failed, its partition for 1 s',
  },
  [KNOWN_SET_PART]: {
    of: 'matcher',
    notReadyWhile: 'the set is read, in doubt, unnamed, lost, or has fewer entries than `match.minEntries`',
    meanwhile: 'begins no batch',
  },
  [KNOWN_HASHES_PART]: {
    of: '`hashset serve`',
    notReadyWhile: 'known-hashes is read, in doubt, unnamed, or recreated',
    meanwhile: 'answers readers with 503',
  },
  [CANARY_ENTRIES_PART]: {
    of: 'matcher',
    notReadyWhile: 'known-hashes lacks a canary of a hash type',
    meanwhile: 'goes on',
  },
  [GROUP_PART]: {
    of: 'member: the matcher, or each of its threads',
    notReadyWhile: 'it has not joined once, or its thread died',
    meanwhile: 'of that member waits',
  },
  [CANARIES_PART]: {
    of: 'member',
    notReadyWhile:
      'a canary was missed, could not be sent, or for three intervals none was found and nothing committed',
    meanwhile: 'goes on, as far as it can',
  },
  [PROGRESS_PART]: {
    of: 'connection of the process, and of each thread',
    notReadyWhile: 'a reader gets no further for 30 s although there is more to read',
    meanwhile: 'of the named partitions waits',
  },
  [PUBLISHING_PART]: {
    of: 'member of the matchers’ group; gateway',
    notReadyWhile:
      'a topic does not take hits or dead letters; of the gateway: reports, for 10 s after each failure',
    meanwhile: 'of their partitions waits; the gateway answers 503',
  },
  [COMMITS_PART]: {
    of: 'member',
    notReadyWhile: 'Kafka refuses commits',
    meanwhile: 'of those partitions waits',
  },
  [LOOKING_BACK_PART]: {
    of: 'matcher that looks back',
    notReadyWhile: 'hits of looking back are not taken',
    meanwhile: 'goes on',
  },
  [PARTITIONS_PART]: {
    of: '**the whole group**: all processes show the same',
    notReadyWhile: 'a partition has no commit with a position: no member has matched in it yet',
    meanwhile: 'goes on',
  },
  [POSTGRES_PART]: {
    of: 'review service',
    notReadyWhile: 'PostgreSQL can’t be used',
    meanwhile: 'waits; hits stay in their topic',
  },
  [INTAKE_PART]: {
    of: 'review service',
    notReadyWhile: 'taking hits in ended by an error that waiting can’t mend: restart the process',
    meanwhile: 'takes no hits in; people decide on those that are stored',
  },
  [SYNC_PART]: {
    of: 'daemon that keeps lists up to date',
    notReadyWhile: 'it joins its group, or its turn begins; one that waits for its turn is ready',
    meanwhile: 'goes on; lists stay as they are',
  },
  [KEYS_PART]: {
    of: 'gateway',
    notReadyWhile:
      'the topic of API keys has not been read to its end, can’t be read, or has more than one partition',
    meanwhile:
      'refuses API keys with 503: at once where it knows of records that it has not read, and else once its keys are 30 s old',
  },
  [STOPPING_PART]: {
    of: 'process',
    notReadyWhile: 'it has got a signal to end, or its known set is lost',
    meanwhile: 'finishes the slice in work',
  },
}
