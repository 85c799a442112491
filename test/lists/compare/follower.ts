// A small reader of the endpoint that keeps a topic of its own in step: each file as its page says, withdrawals included.
import { entryOfType, type SharedTopic } from '../serve/shared-topic.ts'
import { readAll } from '../serve/sharing.ts'
import type { Entry } from '../../../src/contract/known-hash.ts'
import { isHashType } from '../../../src/hash/hash-type.ts'

type Get = Parameters<typeof readAll>[0]

const OVERLAP_MS = 2_000
const printed = (ms: number): string =>
  new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace('.000Z', 'Z')

export class Follower {
  readonly #topic: SharedTopic
  readonly #source: string
  readonly #files = new Map<string, readonly Entry[]>()
  #checkpointMs = 0

  constructor(topic: SharedTopic, source: string) {
    this.#topic = topic
    this.#source = source
  }

  async follow(get: Get, nowMs: number): Promise<void> {
    const range = { from: printed(Math.max(0, this.#checkpointMs - OVERLAP_MS)), to: printed(nowMs) }
    const { entries } = await readAll(get, { ...range, base: `/${this.#source}` })
    for (const { id, tag, hashes } of entries) {
      const now = tag.startsWith('deleted')
        ? []
        : Object.entries(hashes).map(([type, value]) => {
            if (!isHashType(type)) throw new Error(`The page has a hash of type ${type}.`)
            return entryOfType(type, value, id, { source: this.#source })
          })
      const before = this.#files.get(id) ?? []
      await this.#topic.remove(...before)
      await this.#topic.put(...now)
      this.#files.set(id, now)
    }
    this.#checkpointMs = nowMs
  }
}
