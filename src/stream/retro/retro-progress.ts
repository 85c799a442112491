// How far looking back has come, and how a commit says so.

/** The mark of a partition that has been read again to its end. */
export const DONE = Infinity

/** How far retained reports have been matched again against a run of changes of known-hashes. */
export interface RetroProgress {
  /** UUID of known-hashes: the offsets are of that topic alone. */
  readonly topicId: string
  /** The offset of known-hashes after the last of the changes. */
  readonly roundEnd: number
  /** By topic of reports and partition, if it was begun: the next offset to match again, or DONE. */
  readonly next: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** Most bytes of metadata that Kafka keeps with a commit (its default of offset.metadata.max.bytes). */
const MAX_BYTES = 4_096
const RADIX = 36
const MARK = /^(?:\*([0-9a-z]{1,4})|([0-9a-z]+):(\*|[0-9a-z]+))$/
const PROGRESS =
  /^([0-9a-f-]+)@([0-9a-z]+);((?:[\w.-]+=(?:(?:\*[0-9a-z]{1,4}|[0-9a-z]+:(?:\*|[0-9a-z]+)),)+;)*)$/

/**
 * Progress as the metadata of a commit in known-hashes: `<topicId>@<roundEnd>;`, then `<topic>=<mark>,…;` for each topic of
 * reports. A mark is `*<n>` for the first n partitions, if they are done, and `<partition>:<next>` or `<partition>:*`
 * for another; numbers are in base 36. Marks beyond the limit (from some two hundred topics on) are left out: those
 * partitions begin again, which costs time only.
 */
export function encodeProgress({ topicId, roundEnd, next }: RetroProgress): string {
  let text = `${topicId}@${roundEnd.toString(RADIX)};`
  for (const [topic, partitions] of next) {
    let withTopic = `${text}${topic}=`
    for (const mark of printedMarks(partitions)) {
      if (withTopic.length + mark.length + ',;'.length > MAX_BYTES) break
      withTopic += `${mark},`
    }
    if (withTopic.endsWith(',')) text = `${withTopic};`
  }
  return text
}

function* printedMarks(partitions: ReadonlyMap<number, number>): Generator<string> {
  let done = 0
  while (partitions.get(done) === DONE) done++
  if (done > 0) yield `*${done.toString(RADIX)}`
  for (const [partition, offset] of partitions)
    if (partition >= done)
      yield `${partition.toString(RADIX)}:${offset === DONE ? '*' : offset.toString(RADIX)}`
}

/** Reads the metadata back; undefined if another program wrote it. */
export function decodeProgress(metadata: string): RetroProgress | undefined {
  const [, topicId, roundEnd, topics] = PROGRESS.exec(metadata) ?? []
  if (topicId === undefined) return undefined
  const next = partsOf(topics, ';').map((text) => {
    const [topic, marks] = text.split('=')
    return [topic, new Map(partsOf(marks, ',').flatMap(readMark))] as const
  })
  return { topicId, roundEnd: parseInt(roundEnd, RADIX), next: new Map(next) }
}

function readMark(mark: string): readonly (readonly [partition: number, offset: number])[] {
  const [, done, partition, offset] = MARK.exec(mark) ?? []
  if (done !== undefined)
    return Array.from({ length: parseInt(done, RADIX) }, (_, first) => [first, DONE] as const)
  return [[parseInt(partition, RADIX), offset === '*' ? DONE : parseInt(offset, RADIX)]]
}

const partsOf = (text: string, endedBy: string): string[] => text.split(endedBy).slice(0, -1)
