/** The mark of a partition that has been replayed in whole. */
export const DONE = Infinity

/** How far retained reports have been matched again against a run of changes of known-hashes. */
export interface RetroProgress {
  /** UUID of known-hashes: offsets of another topic mean nothing here. */
  readonly topicId: string
  /** The changes are those before this offset. */
  readonly to: number
  /** For each partition of reports that was begun the next offset to replay, or DONE. */
  readonly next: ReadonlyMap<number, number>
}

/** Kafka keeps so much metadata with a commit by default (offset.metadata.max.bytes), and refuses more. */
const MAX_BYTES = 4_096
const RADIX = 36

/**
 * Progress as the metadata of a commit in known-hashes: `<topicId>@<to>;<partition>:<next>,…`, numbers in base 36.
 * Partitions that find no room any more (there are hundreds, then) are left out: they begin anew, which costs time only.
 */
export function encodeProgress({ topicId, to, next }: RetroProgress): string {
  let text = `${topicId}@${to.toString(RADIX)};`
  for (const [partition, offset] of next) {
    const mark = `${partition.toString(RADIX)}:${offset === DONE ? '*' : offset.toString(RADIX)},`
    if (text.length + mark.length > MAX_BYTES) break
    text += mark
  }
  return text
}

/** Reads it back; undefined for the metadata of another program. */
export function decodeProgress(metadata: string): RetroProgress | undefined {
  const [, topicId, to, marks] =
    /^([0-9a-f-]+)@([0-9a-z]+);((?:[0-9a-z]+:(?:\*|[0-9a-z]+),)*)$/.exec(metadata) ?? []
  if (topicId === undefined) return undefined
  const next = marks
    .split(',')
    .filter((mark) => mark !== '')
    .map((mark): [number, number] => {
      const [partition, offset] = mark.split(':')
      return [parseInt(partition, RADIX), offset === '*' ? DONE : parseInt(offset, RADIX)]
    })
  return { topicId, to: parseInt(to, RADIX), next: new Map(next) }
}
