// The parts that a matcher's readiness is made of, as /readyz names them.

/** The connection to Kafka. */
export const KAFKA_PART = 'kafka'
/** The consumer group: joined at least once. A later loss of it shows as `kafka`, `canaries` or `progress`. */
export const GROUP_PART = 'group'
/** Canary reports that come through every partition. */
export const CANARIES_PART = 'canaries'
/** Readers that get on where there is more to read. */
export const PROGRESS_PART = 'progress'
/** Hits and dead letters that their topics take. */
export const PUBLISHING_PART = 'publishing'
/** Commits that Kafka takes. */
export const COMMITS_PART = 'commits'
/** Hits of looking back that their topic takes. */
export const LOOKING_BACK_PART = 'looking-back'
/** Partitions of reports: some member of the group, of whichever process, has matched in each. */
export const PARTITIONS_PART = 'partitions'
/** The known set: read to its end, of the right topic, and not suspiciously small. */
export const KNOWN_SET_PART = 'known-set'
/** The known set's canaries: without them the set is searched, but nothing shows whether that works. */
export const CANARY_ENTRIES_PART = 'canary-entries'
/** The process itself: it has been asked to end, or must start again. */
export const STOPPING_PART = 'stopping'
