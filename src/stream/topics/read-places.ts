// Reads single records, which may be far apart and in many topics, and little of what lies between them.
import type { EventLog, LogRecord, TopicPartition } from '../../log/event-log.ts'
import { partitionName } from '../../log/event-log.ts'
import { AccessRefusedError } from '../../log/log-faults.ts'
import { readRange, type OffsetRange } from '../../log/read-to-end.ts'
import { TopicGoneError, unlessGone } from '../../log/topic-gone.ts'
import { unlessAborted } from '../../waiting/unless-aborted.ts'

/** Places whose offsets are at most this far apart are read as one range: joining a group costs more than reading these. */
const NEAR_OFFSETS = 1_000
/** Each range has a reader of its own, which takes seconds to join its group and holds a few megabytes. */
const READERS_AT_ONCE = 8

/** Where one record stands. */
export interface Place extends TopicPartition {
  readonly offset: number
}

/** The name of a place, unique among all topics. */
export const placeOf = ({ offset, ...at }: Place): string => `${partitionName(at)}/${offset}`

export interface ReadPlaces {
  /** Names of places that were looked at. A place that is none of them was not reached in time. */
  readonly looked: ReadonlySet<string>
  /** Topics that do not exist, or were deleted meanwhile. */
  readonly missing: ReadonlySet<string>
}

export interface ReadPlacesOptions {
  readonly log: EventLog
  readonly places: readonly Place[]
  /** Gets those records of these places that there are. */
  readonly onRecord: (record: LogRecord, at: TopicPartition) => void
  /** Ends the reading early: what was read until then counts. */
  readonly signal?: AbortSignal | undefined
}

/** At most one range of each partition, of one topic. */
interface Round {
  readonly topic: string
  readonly ranges: ReadonlyMap<number, OffsetRange>
  readonly places: readonly Place[]
}

/** @throws What the log throws: then nothing of what was read should be used. */
export async function readPlaces(options: ReadPlacesOptions): Promise<ReadPlaces> {
  const { signal = new AbortController().signal } = options
  const looked = new Set<string>()
  const missing = new Set<string>()
  try {
    await unlessAborted(lookAtAll(options, { looked, missing }), signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return { looked: new Set(looked), missing: new Set(missing) }
}

async function lookAtAll(
  { log, places, onRecord, signal }: ReadPlacesOptions,
  { looked, missing }: { readonly looked: Set<string>; readonly missing: Set<string> },
): Promise<void> {
  const failing = new AbortController()
  const ending = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal
  const byTopic = [...Map.groupBy(places, ({ topic }) => topic)]
  const plans = await Promise.all(
    byTopic.map(async ([topic, some]) => {
      const rounds = await ifThere(log, topic, () => roundsOf(log, topic, some))
      if (!rounds) missing.add(topic)
      // A place that lies in none of the ranges has expired.
      const toRead = new Set(rounds?.flatMap((round) => round.places))
      for (const place of some) if (!toRead.has(place)) looked.add(placeOf(place))
      return rounds ?? []
    }),
  )
  const waiting = plans.flat()
  const readOn = async (): Promise<void> => {
    for (let round = waiting.shift(); round && !ending.aborted; round = waiting.shift()) {
      const { topic, ranges, places: some } = round
      const wanted = new Set(some.map(placeOf))
      const read = await ifThere(log, topic, async () => {
        const onEach = (record: LogRecord, partition: number): void => {
          const at = { topic, partition }
          if (wanted.has(placeOf({ ...at, offset: record.offset }))) onRecord(record, at)
        }
        await readRange(log, topic, ranges, onEach, ending)
        return true
      })
      if (!read) missing.add(topic)
      for (const name of wanted) looked.add(name)
    }
  }
  const failed = (error: unknown): never => {
    failing.abort(error)
    throw error
  }
  await Promise.all(Array.from({ length: READERS_AT_ONCE }, () => readOn().catch(failed)))
}

/** Undefined: the topic does not exist. */
async function ifThere<T>(log: EventLog, topic: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof TopicGoneError) return undefined
    // A topic that is refused may not be listed either.
    if (error instanceof AccessRefusedError) throw error
    return await unlessGone(log, topic, () => Promise.reject(error))
  }
}

/** The shortest ranges that hold those places whose records are still retained. */
async function roundsOf(log: EventLog, topic: string, places: readonly Place[]): Promise<readonly Round[]> {
  const rounds: { topic: string; ranges: Map<number, OffsetRange>; places: Place[] }[] = []
  for (const { partition, earliest, end } of await log.offsets(topic)) {
    const retained = places
      .filter((place) => place.partition === partition && place.offset >= earliest && place.offset < end)
      .toSorted((a, b) => a.offset - b.offset)
    for (const [number, near] of nearOnes(retained).entries()) {
      const round = (rounds[number] ??= { topic, ranges: new Map(), places: [] })
      round.ranges.set(partition, { from: near[0].offset, to: near[near.length - 1].offset + 1 })
      round.places.push(...near)
    }
  }
  return rounds
}

/** Places of one partition, in order, as groups of those that are near each other. */
function nearOnes(places: readonly Place[]): readonly (readonly Place[])[] {
  const groups: Place[][] = []
  for (const place of places) {
    const last = groups.at(-1)
    const before = last?.at(-1)
    if (last && before && place.offset - before.offset <= NEAR_OFFSETS) last.push(place)
    else groups.push([place])
  }
  return groups
}
