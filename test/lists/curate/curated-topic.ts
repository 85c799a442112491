// A topic known-hashes that tests fill, and what it holds and what a matcher would search of it.
import { onTestFinished } from 'vitest'
import { decodeEntry, encodeKnownHash, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { BusyLog } from '../busy-log.ts'

export const KNOWN_HASHES = 'known-hashes'
export const LISTS = 'lists'

export class CuratedTopic {
  readonly log = new BusyLog()

  static async with(entries: readonly Entry[]): Promise<CuratedTopic> {
    const topic = new CuratedTopic()
    onTestFinished(() => topic.log.close())
    for (const name of [KNOWN_HASHES, LISTS])
      await topic.log.createTopic({ topic: name, partitions: 1, config: {} })
    await topic.put(entries)
    return topic
  }

  async put(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const records = entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) }))
    await this.log.produce(KNOWN_HASHES, records)
  }

  async remove(entries: readonly Entry[]): Promise<void> {
    await this.log.produce(
      KNOWN_HASHES,
      entries.map((entry) => ({ key: knownHashKey(entry), value: null })),
    )
  }

  /** Number of records ever published. */
  async length(): Promise<number> {
    const [{ end }] = await this.log.offsets(KNOWN_HASHES)
    return end
  }

  /** The entries that live. */
  async entries(): Promise<readonly Entry[]> {
    const entries = new Map<string, Entry>()
    await readToEnd(this.log, KNOWN_HASHES, ({ key, value }) => {
      const change = decodeEntry(key, value)
      if (change instanceof Rejection) throw new Error(change.toString())
      if (change.entry) entries.set(change.key, change.entry)
      else entries.delete(change.key)
    })
    return [...entries.values()]
  }
}
