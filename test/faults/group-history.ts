import { readToEnd } from '../../src/log/read-to-end.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import { unstamped } from '../../src/log/commit-metadata.ts'
import { decodePosition } from '../../src/stream/live/set-position.ts'

/** Where brokers keep what groups have committed, and their generations. */
const TOPIC = '__consumer_offsets'
const OFFSET_KEYS = new Set([0, 1])
const GROUP_KEY = 2

/** A commit that the broker has accepted; undefined as offset: the partition is read from its beginning again. */
export interface AcceptedCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number | undefined
  readonly metadata: string
}

/** What a group has been through, in order, as the broker wrote it down: no client's word is taken for it. */
export interface GroupHistory {
  readonly commits: readonly AcceptedCommit[]
  readonly generations: readonly number[]
}

export async function readGroupHistory(log: EventLog, group: string): Promise<GroupHistory> {
  const commits: AcceptedCommit[] = []
  const generations: number[] = []
  await readToEnd(log, TOPIC, ({ key, value }) => {
    if (!key) return
    const reader = new Fields(key)
    const kind = reader.int16()
    if (reader.text() !== group) return
    if (kind === GROUP_KEY) {
      if (value) generations.push(readGeneration(value))
    } else if (OFFSET_KEYS.has(kind)) {
      const at = { topic: reader.text(), partition: reader.int32() }
      commits.push({ ...at, ...(value ? readCommit(value) : { offset: undefined, metadata: '' }) })
    }
  })
  return { commits, generations }
}

/**
 * What a zombie could have done: a commit behind an earlier one of its partition, or one of an earlier state of the
 * known set. Empty if there is none. Where the topic was made again, partitions begin anew.
 */
export function backwardCommits(
  { commits }: GroupHistory,
  topic: string,
  mayBeginAnew: boolean,
): readonly string[] {
  const newest = new Map<number, AcceptedCommit>()
  return commits
    .filter((commit) => commit.topic === topic)
    .flatMap((commit) => {
      const before = newest.get(commit.partition)
      newest.set(commit.partition, commit)
      return before && isBackward(before, commit, mayBeginAnew)
        ? [`partition ${commit.partition}: ${say(before)}, then ${say(commit)}`]
        : []
    })
}

const say = ({ offset, metadata }: AcceptedCommit): string => `offset ${offset} of ${metadata}`

function isBackward(before: AcceptedCommit, after: AcceptedCommit, mayBeginAnew: boolean): boolean {
  if (before.offset === undefined || after.offset === undefined) return !mayBeginAnew
  const [was, is] = [decodePosition(before.metadata), decodePosition(after.metadata)]
  if (!was || !is) return true
  return after.offset < before.offset || (was.topicId === is.topicId && is.offset < was.offset)
}

function readCommit(value: Buffer): Omit<AcceptedCommit, 'topic' | 'partition'> {
  const fields = new Fields(value)
  const version = fields.int16()
  const offset = fields.int64()
  if (version >= 3) fields.int32()
  const metadata = unstamped(version >= 4 ? fields.compactText() : fields.text())
  // Negative: kafkajs's own, after an offset that was out of range. Without metadata: ours, of a topic made again.
  return { offset: offset < 0 || metadata === '' ? undefined : offset, metadata }
}

function readGeneration(value: Buffer): number {
  const fields = new Fields(value)
  if (fields.int16() >= 4) fields.compactText()
  else fields.text()
  return fields.int32()
}

/** Reads Kafka's primitive types, one after the other. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }

  int64(): number {
    return Number(this.#bytes.readBigInt64BE(this.#advance(8)))
  }

  text(): string {
    return this.#take(this.int16())
  }

  /** Its length, plus one, is in a byte: as long as it is short, which all of ours are. */
  compactText(): string {
    return this.#take(this.#bytes.readUInt8(this.#advance(1)) - 1)
  }

  #take(length: number): string {
    const from = this.#advance(Math.max(0, length))
    return this.#bytes.toString('utf8', from, from + Math.max(0, length))
  }

  #advance(length: number): number {
    const from = this.#at
    this.#at += length
    return from
  }
}
