// Dead letters a page at a time, newest first: the topic may hold those of a month, and only its end is read.
import { decodeDeadLetter, type DeadLetter } from '../../contract/dead-letter.ts'
import { canonicalJson } from '../../contract/json.ts'
import { Rejection, type RejectionCode } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readRange, type OffsetRange } from '../../log/read-to-end.ts'
import type { ListedDeadLetter } from './dead-letters.ts'

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
  const { log, topic, before, code, limit } = options
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
    if ((code !== undefined && placed.letter.reason.code !== code) || contents.has(content)) continue
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

async function readOn(
  { log, topic, signal }: DeadLetterPageOptions,
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
  for (const placed of await lettersOf(log, topic, ranges, signal))
    ofPartition.get(placed.place.partition)?.read.push(placed)
  for (const [partition, strand] of strands) {
    strand.from = ranges.get(partition)?.from ?? strand.from
    strand.read.sort((a, b) => b.place.offset - a.place.offset)
  }
}

async function lettersOf(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, OffsetRange>,
  signal: AbortSignal,
): Promise<readonly PlacedDeadLetter[]> {
  const letters: PlacedDeadLetter[] = []
  await readRange(
    log,
    topic,
    ranges,
    ({ value, offset, timestampMs }, partition) => {
      const letter = decodeDeadLetter(value)
      if (letter instanceof Rejection) return
      letters.push({ letter, writtenAtMs: timestampMs, place: { partition, offset } })
    },
    signal,
  )
  return letters
}

/** The dead letters at these places, as far as they are still there, by `partition-offset`. */
export async function deadLettersAt(
  log: EventLog,
  topic: string,
  places: readonly LetterPlace[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DeadLetter>> {
  const offsets = new Map((await log.offsets(topic)).map((one) => [one.partition, one]))
  const ranges = new Map<number, OffsetRange>()
  for (const [partition, some] of Map.groupBy(places, (place) => place.partition)) {
    const { earliest = 0, end = 0 } = offsets.get(partition) ?? {}
    const there = some.map(({ offset }) => offset).filter((offset) => offset >= earliest && offset < end)
    if (there.length > 0)
      ranges.set(partition, {
        from: there.reduce((a, b) => Math.min(a, b)),
        to: there.reduce((a, b) => Math.max(a, b)) + 1,
      })
  }
  const wanted = new Set(places.map(placeName))
  const letters = await lettersOf(log, topic, ranges, signal)
  return new Map(
    letters
      .map(({ place, letter }) => [placeName(place), letter] as const)
      .filter(([name]) => wanted.has(name)),
  )
}

export const placeName = ({ partition, offset }: LetterPlace): string => `${partition}-${offset}`
