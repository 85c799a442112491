// Dead letters a page at a time, newest first: the topic may hold those of a month, and only its end is read.
import { decodeDeadLetter, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson } from '../../contract/json.ts'
import { Rejection, type RejectionCode } from '../../contract/rejection.ts'
import type { EventLog, LogRecord } from '../../log/event-log.ts'
import { readRange, type OffsetRange } from '../../log/read-to-end.ts'
import { TopicGoneError } from '../../log/topic-gone.ts'
import type { ListedDeadLetter } from './dead-letters.ts'
import { placeOf, readPlaces } from './read-places.ts'

/** Offsets of each partition that one reading takes: of the first, and how many times more each further one takes. */
const FIRST_OFFSETS = 200
const GROWTH = 5
/** After this many readings a page ends, also if it is not full: a seldom code may be far back. */
const MOST_READINGS = 4

/** Where a dead letter itself stands, in the topic of dead letters. */
export interface LetterPlace {
  readonly partition: number
  readonly offset: number
}

export interface PlacedDeadLetter extends ListedDeadLetter {
  readonly place: LetterPlace
}

export interface DeadLetterPageOptions {
  readonly log: EventLog
  readonly topic: string
  /** In each partition only what lies before this offset; by default all. */
  readonly before?: ReadonlyMap<number, number> | undefined
  readonly code?: RejectionCode | undefined
  readonly limit: number
  /** Ends the reading, which then throws its reason. */
  readonly signal: AbortSignal
}

export interface DeadLetterPage {
  readonly letters: readonly PlacedDeadLetter[]
  /** Undefined: these were the last ones. */
  readonly next: ReadonlyMap<number, number> | undefined
}

/** One partition, which is read backwards. */
interface Strand {
  readonly earliest: number
  /** All from here on has been given out. */
  end: number
  /** All from here on has been read. */
  from: number
  /** Read and not given out, newest first. */
  readonly read: PlacedDeadLetter[]
}

const isUnread = ({ read, from, earliest }: Strand): boolean => read.length === 0 && from > earliest

export async function pageOfDeadLetters(options: DeadLetterPageOptions): Promise<DeadLetterPage> {
  const { log, topic, before, limit } = options
  const strands = new Map(
    (await log.offsets(topic)).map(({ partition, earliest, end }): [number, Strand] => {
      const at = Math.max(earliest, Math.min(end, before?.get(partition) ?? end))
      return [partition, { earliest, end: at, from: at, read: [] }]
    }),
  )
  const letters: PlacedDeadLetter[] = []
  const contents = new Set<string>()
  for (let reading = 0; letters.length < limit;) {
    const dry = [...strands].filter(([, strand]) => isUnread(strand))
    if (dry.length > 0) {
      if (reading === MOST_READINGS) break
      await readOn(options, dry, FIRST_OFFSETS * GROWTH ** reading++)
      continue
    }
    const newest = [...strands.values()]
      .filter(({ read }) => read.length > 0)
      .toSorted((a, b) => b.read[0].writtenAtMs - a.read[0].writtenAtMs)
      .at(0)
    const placed = newest?.read.shift()
    if (!newest || !placed) break
    newest.end = placed.place.offset
    // A record that is read again makes its dead letter again.
    const content = canonicalJson(placed.letter)
    if (contents.has(content)) continue
    contents.add(content)
    letters.push(placed)
  }
  const rest = [...strands].map(([partition, { read, from, end }]): [number, number] => [
    partition,
    read.length > 0 ? end : from,
  ])
  const isOver = [...strands.values()].every(
    ({ read, from, earliest }) => read.length === 0 && from <= earliest,
  )
  return { letters, next: isOver ? undefined : new Map(rest) }
}

/** Keeps only what the page can need: the newest `limit` of each partition. What lies before those is read again if needed. */
async function readOn(
  { log, topic, code, limit, signal }: DeadLetterPageOptions,
  strands: readonly (readonly [number, Strand])[],
  offsets: number,
): Promise<void> {
  const ranges = new Map(
    strands.map(([partition, { from, earliest }]): [number, OffsetRange] => [
      partition,
      { from: Math.max(earliest, from - offsets), to: from },
    ]),
  )
  const ofPartition = new Map(strands)
  // Set before any record: those dropped for want of room count as unread.
  for (const [partition, strand] of strands) strand.from = ranges.get(partition)?.from ?? strand.from
  const onRecord = ({ value, offset, timestampMs }: LogRecord, partition: number): void => {
    const strand = ofPartition.get(partition)
    const letter = decodeDeadLetter(value)
    if (!strand || letter instanceof Rejection || (code !== undefined && letter.reason.code !== code)) return
    strand.read.unshift({ letter, writtenAtMs: timestampMs, place: { partition, offset } })
    if (strand.read.length > limit) {
      strand.read.pop()
      strand.from = strand.read.at(-1)?.place.offset ?? strand.from
    }
  }
  await readRange(log, topic, ranges, onRecord, signal)
}

export interface LettersAt {
  /** By `partition-offset`, those that are still there. */
  readonly letters: ReadonlyMap<string, DeadLetter>
  /** `partition-offset` of those that were not reached in time. */
  readonly notReached: ReadonlySet<string>
}

/**
 * The dead letters at these places. `signal` ends the reading: what was read until then counts.
 * @throws TopicGoneError If there is no such topic.
 */
export async function deadLettersAt(
  log: EventLog,
  topic: string,
  places: readonly LetterPlace[],
  signal: AbortSignal,
): Promise<LettersAt> {
  const letters = new Map<string, DeadLetter>()
  const { looked, missing } = await readPlaces({
    log,
    places: places.map((place) => ({ ...place, topic })),
    signal,
    onRecord: ({ value, offset }, { partition }) => {
      const letter = decodeDeadLetter(value)
      if (!(letter instanceof Rejection)) letters.set(placeName({ partition, offset }), letter)
    },
  })
  if (missing.size > 0) throw new TopicGoneError([...missing])
  const notReached = places.filter(
    ({ partition, offset }) => !looked.has(placeOf({ topic, partition, offset })),
  )
  const unread = notReached.map(placeName).filter((name) => !letters.has(name))
  return { letters: new Map(letters), notReached: new Set(unread) }
}

export const placeName = ({ partition, offset }: LetterPlace): string => `${partition}-${offset}`
