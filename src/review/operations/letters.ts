// Dead letters of the operations page: pointers and reasons, never a payload and never its digest; and submitting their
// records again, by the code of `hashwarden dlq`.
import { sql, type Kysely } from 'kysely'
import type { DeadLetter } from '../../contract/dead-letter.ts'
import { timestampOf } from '../../contract/primitives.ts'
import type {
  DeadLettersPage,
  DeadLettersQuery,
  DeadLetterView,
  ReplayBody,
  ReplayedView,
  ReplayResult,
} from '../../contract/review.ts'
import type { EventLog } from '../../log/event-log.ts'
import { AccessRefusedError, isLogFault, UnknownTopicError } from '../../log/log-faults.ts'
import { TopicGoneError } from '../../log/topic-gone.ts'
import { replayDeadLetters } from '../../stream/topics/dead-letters.ts'
import {
  deadLettersAt,
  pageOfDeadLetters,
  placeName,
  type PlacedDeadLetter,
} from '../../stream/topics/dead-letter-pages.ts'
import type { TopicNames } from '../../stream/topics/report-topics.ts'
import type { Logger } from '../../telemetry/log.ts'
import { appendAudit } from '../audit/append.ts'
import { ReviewProblem } from '../problems.ts'
import { whyStoreFailed } from '../store/store-away.ts'
import type { Tables } from '../store/tables.ts'

const PAGE = 50
/** A person waits for it, in milliseconds. */
const PAGE_WITHIN_MS = 15_000
/** A replay first reads for this long, and then waits for this long for Kafka to confirm: together for about 30 s. */
const READ_WITHIN_MS = 22_000
const SENT_WITHIN_MS = 8_000

export interface LettersOptions {
  readonly log: EventLog
  readonly topics: TopicNames
  readonly db: Kysely<Tables>
  readonly logger: Logger
}

export async function deadLettersPage(
  { log, topics }: LettersOptions,
  { cursor, code, limit = PAGE }: DeadLettersQuery,
): Promise<DeadLettersPage> {
  const before = cursor === undefined ? undefined : offsetsOf(cursor)
  const signal = AbortSignal.timeout(PAGE_WITHIN_MS)
  const page = await ofKafka(() =>
    pageOfDeadLetters({ log, topic: topics.deadLetters, before, code, limit, signal }),
  )
  return {
    letters: page.letters.map(letterView),
    ...(page.next ? { next: cursorOfOffsets(page.next) } : {}),
  }
}

const letterView = ({ letter, writtenAtMs, place }: PlacedDeadLetter): DeadLetterView => ({
  id: placeName(place),
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  ...(letter.lastOffset === undefined ? {} : { lastOffset: letter.lastOffset }),
  bytes: letter.size,
  code: letter.reason.code,
  place: letter.reason.at,
  at: timestampOf(writtenAtMs),
})

/** `partition-offset` of each, with base 36 to be short: a topic may have a thousand partitions. */
const cursorOfOffsets = (offsets: ReadonlyMap<number, number>): string =>
  [...offsets].map(([partition, offset]) => `${partition.toString(36)}-${offset.toString(36)}`).join('.')

/** Any text of a client that has the form of a cursor: its offsets are bounded by those that there are. */
function offsetsOf(cursor: string): ReadonlyMap<number, number> {
  return new Map(
    cursor.split('.').map((one): [number, number] => {
      const [partition = '', offset = ''] = one.split('-')
      return [Number.parseInt(partition, 36), Number.parseInt(offset, 36)]
    }),
  )
}

/**
 * Submits the records again that these dead letters point to. The audit says so first, so that no record goes out unseen,
 * and what became of it afterwards.
 */
export async function replayLetters(
  options: LettersOptions,
  actor: string,
  { letters: ids }: ReplayBody,
): Promise<ReplayedView> {
  const { log, topics } = options
  const reading = AbortSignal.timeout(READ_WITHIN_MS)
  const places = ids.map((id) => {
    const [partition, offset] = id.split('-').map(Number)
    return { id, partition, offset }
  })
  const found = await ofKafka(() => deadLettersAt(log, topics.deadLetters, places, reading))
  const letters = [...new Set(found.letters.values())]
  if (letters.length > 0) {
    const names = [...found.letters.keys()].join(' ')
    await noteReplay(options.db, actor, { letters: letters.length, places: names })
  }
  const sending = AbortSignal.timeout(SENT_WITHIN_MS)
  const outcome = await ofKafka(() => replayDeadLetters({ log, topics, reading, sending }, letters))
  const lists: readonly (readonly [ReplayResult, readonly DeadLetter[]])[] = [
    ['expired', outcome.expired],
    ['topic-gone', outcome.topicGone],
    ['replaced', outcome.replaced],
    ['batch', outcome.refused],
    ['elsewhere', outcome.elsewhere],
    ['not-reached', outcome.notReached],
  ]
  const results = places.map((place) => {
    const letter = found.letters.get(placeName(place))
    if (!letter) {
      const isUnknown = found.notReached.has(placeName(place))
      return { id: place.id, result: isUnknown ? ('not-reached' as const) : ('letter-gone' as const) }
    }
    const [result = 'replayed' as const] = lists.find(([, list]) => list.includes(letter)) ?? []
    return { id: place.id, result }
  })
  if (letters.length > 0) await noteOutcome(options, actor, results)
  // Only where nothing went out: else the person must see what did.
  const { failure } = outcome
  if (outcome.replayed === 0 && failure !== undefined) await ofKafka(() => Promise.reject(failure))
  return { results }
}

/** Counts by result. Records are out: a store that is away must not hide the results from the person, who would repeat it. */
async function noteOutcome(
  { db, logger }: LettersOptions,
  actor: string,
  results: ReplayedView['results'],
): Promise<void> {
  const counts = [...Map.groupBy(results, ({ result }) => result)].map(
    ([result, some]) => [`ended: ${result}`, some.length] as const,
  )
  try {
    await noteReplay(db, actor, Object.fromEntries(counts))
  } catch (error) {
    logger.error({ why: whyStoreFailed(error) }, 'The audit lacks the outcome of a replay of dead letters')
  }
}

async function noteReplay(
  db: Kysely<Tables>,
  actor: string,
  details: Readonly<Record<string, string | number>>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(tx)
    await appendAudit(tx, [{ action: 'dead-letters-replayed', actor, details }], rows[0].at)
  })
}

/** Kafka's failures as a problem, without its words, which may name brokers and users. */
async function ofKafka<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError'
    if (isLate) throw new ReviewProblem('kafka-unavailable', 'It did not answer in time.')
    if (error instanceof TopicGoneError) throw new ReviewProblem('kafka-unavailable', error.message)
    if (isLogFault(error)) throw new ReviewProblem('kafka-unavailable', whyOf(error))
    throw error
  }
}

function whyOf(error: unknown): string | undefined {
  if (error instanceof AccessRefusedError)
    return 'Grant this service Read on the topic of dead letters, and Read and Write on topics of reports.'
  if (error instanceof UnknownTopicError)
    return 'Kafka lacks the topic of dead letters: create it by `hashwarden topics apply`.'
  return undefined
}
