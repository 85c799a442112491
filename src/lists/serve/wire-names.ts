// The names that others see: numbers of members, and ids of entries that tell no hash.
import { createHash, createHmac } from 'node:crypto'

/** A list without ids names a file by a value: such an id may not leave with an entry that is gone. */
const VALUE = /^(?:[0-9a-f]{2}){16,}$/i
const PLAIN = /^[A-Za-z0-9._:/@-]+$/
/** Readers put the member's number before the id, and have room for 64 bytes. */
const LONGEST = 52
const OPAQUE_DIGITS = 32

/** The number of a member: of a source, or of a client. Clients of the API demand a whole number. */
export const memberNumber = (name: string): number =>
  createHash('sha256').update(name).digest().readUInt32BE() >>> 1

/**
 * The ids of entries as others see them: our own, or, where that is or may be a hash value, a digest of it under the key
 * of this topic. It is the same at every start, and without the key it tells nothing.
 */
export class WireIds {
  readonly #topicId: string

  /** @param topicId The UUID of the topic known-hashes: random, and never shown to others. */
  constructor(topicId: string) {
    this.#topicId = topicId
  }

  of(source: string, sourceId: string): string {
    if (sourceId.length <= LONGEST && PLAIN.test(sourceId) && !VALUE.test(sourceId)) return sourceId
    const digest = createHmac('sha256', this.#topicId).update(`${source}:${sourceId}`).digest('hex')
    return `id-${digest.slice(0, OPAQUE_DIGITS)}`
  }
}
