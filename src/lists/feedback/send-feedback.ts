// Sends feedback on the entries of one source, as far as decisions and outcomes go now. The two topics are the outbox, and the
// commits of a consumer group say how far it is sent.
import type { EventLog, GroupBatch } from '../../log/event-log.ts'
import { partitionName } from '../../log/event-log.ts'
import { RetryLaterError } from '../../log/retry-later.ts'
import { withHeartbeats } from '../../waiting/until.ts'
import type { FindHits } from './find-hits.ts'
import { judgementsOf } from './judgements.ts'
import type { FeedbackTopics } from './read-judgements.ts'
import { standingVotes } from './standing-votes.ts'
import { NO_VOTE, noneWithout, type NoVote, type Vote } from './votes.ts'

/** What became of a vote: the source took it, or it never will. Whatever else goes wrong is thrown, and tried again. */
export type SentVote = 'taken' | 'entry-gone' | 'refused' | 'no-such-type' | 'no-such-id'

interface SentResult {
  readonly vote: Vote
  readonly result: SentVote
}

/** Sends one vote. The same vote twice is one. */
export type SendVote = (vote: Vote, signal: AbortSignal) => Promise<SentVote>

export interface SendFeedbackOptions {
  readonly log: EventLog
  readonly topics: FeedbackTopics
  /** One for each source, so that one that is away holds up no other. */
  readonly group: string
  readonly source: string
  readonly findHits: FindHits
  readonly send: SendVote
  readonly signal: AbortSignal
}

export interface FeedbackSummary {
  readonly sent: Record<Vote['sentiment'], number>
  readonly notTaken: Record<Exclude<SentVote, 'taken'>, number>
  readonly without: Record<NoVote, number>
}

const STOPPING_MS = 200
/** If a batch has votes on this number of entries, and all of them are gone, the server is not that of the list. */
const ALL_GONE = 5

/** The server has none of the entries. Nothing is committed. */
export class AllGoneError extends Error {
  readonly code = 'FEEDBACK_ALL_GONE'
  override readonly name = 'AllGoneError'
  constructor(count: number) {
    super(
      `The server has none of the ${count} entries that feedback is on: is it the one that the list came from? Correct the base of the source. The feedback waits, and is tried again.`,
    )
  }
}

/**
 * Resolves once all that the topics held at the call is sent, and committed. After a kill the votes of the last batch are
 * sent again; each sets our vote on one hash of one entry to the same, so that twice is once.
 * @throws What `send` throws, what the log throws, or the reason of `signal`. Nothing is committed that was not sent.
 */
export async function sendFeedback(options: SendFeedbackOptions): Promise<FeedbackSummary> {
  const { log, topics, group, signal } = options
  signal.throwIfAborted()
  const names = [topics.decisions, topics.outcomes]
  const left = await unread(log, group, names)
  const summary = emptySummary()
  if (left.size === 0) return summary
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  done.catch(() => {})
  const stopping = new AbortController()
  const turns = new Turns()
  const consumption = await log.consume({
    group,
    topics: names,
    timesAscend: true,
    onAssigned: () => {},
    onBatch: async (batch) => {
      const name = partitionName(batch)
      try {
        await turns.take(batch, async () => {
          if (stopping.signal.aborted) throw new RetryLaterError(STOPPING_MS)
          await work(batch, options, summary)
        })
      } catch (error) {
        // A rebalance ends a batch, and its new owner reads it again; any other failure ends the run.
        if (batch.isCurrent()) {
          stopping.abort()
          reject(error)
        }
        throw new RetryLaterError(STOPPING_MS)
      }
      if (batch.nextOffset >= (left.get(name) ?? Infinity)) left.delete(name)
      if (left.size === 0) resolve()
    },
  })
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    await done
    return summary
  } finally {
    stopping.abort()
    signal.removeEventListener('abort', onAbort)
    await consumption.stop()
  }
}

/**
 * One batch at a time: else an outcome that comes while a batch of suspicions is sent could be sent before them, and they
 * would take its place.
 */
class Turns {
  #last: Promise<void> = Promise.resolve()

  async take(batch: GroupBatch, run: () => Promise<void>): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = before.then(() => promise)
    try {
      await withHeartbeats(before, () => batch.heartbeat())
      await run()
    } finally {
      resolve()
    }
  }
}

/** The partitions that have more than the group has committed, each with its end now. */
async function unread(log: EventLog, group: string, topics: readonly string[]): Promise<Map<string, number>> {
  const left = new Map<string, number>()
  for (const topic of topics) {
    const committed = new Map(
      (await log.committed(group, topic)).map(({ partition, offset }) => [partition, offset]),
    )
    for (const { partition, earliest, end } of await log.offsets(topic))
      if ((committed.get(partition) ?? earliest) < end) left.set(partitionName({ topic, partition }), end)
  }
  return left
}

async function work(
  batch: GroupBatch,
  options: SendFeedbackOptions,
  summary: FeedbackSummary,
): Promise<void> {
  const { topics, send, signal } = options
  const judgements = judgementsOf(batch.records, batch.topic === topics.decisions ? 'decisions' : 'outcomes')
  const { votes, without } = await withHeartbeats(standingVotes(judgements, options), () => batch.heartbeat())
  const results: SentResult[] = []
  for (const vote of votes)
    results.push({ vote, result: await withHeartbeats(send(vote, signal), () => batch.heartbeat()) })
  checkServer(results)
  await batch.commit(batch.nextOffset, '')
  for (const { vote, result } of results)
    if (result === 'taken') summary.sent[vote.sentiment]++
    else summary.notTaken[result]++
  for (const why of NO_VOTE) summary.without[why] += without[why]
}

/** @throws AllGoneError */
function checkServer(results: readonly SentResult[]): void {
  // The server wasn't asked for the others.
  const asked = results.filter(({ result }) => result !== 'no-such-type' && result !== 'no-such-id')
  const entries = new Set(asked.map(({ vote }) => vote.sourceId))
  if (entries.size >= ALL_GONE && asked.every(({ result }) => result === 'entry-gone'))
    throw new AllGoneError(entries.size)
}

const emptySummary = (): FeedbackSummary => ({
  sent: { affirmative: 0, negative: 0 },
  notTaken: { 'entry-gone': 0, refused: 0, 'no-such-type': 0, 'no-such-id': 0 },
  without: noneWithout(),
})
