// The names that others see: numbers of members, and ids of entries that tell no hash.
import { createHash, createHmac } from 'node:crypto'

/**
 * The form of an id that leaves as it is: short, and with the member's number before it if it is NCMEC's. No value made of
 * bytes fits, whatever it is written in: the shortest has 16 bytes, which are 22 characters of base64. Values that are text
 * (NetClean's) may be shorter: `isValue` below finds these.
 */
const SHORT = /^(?:\d{1,18}\/)?[A-Za-z0-9._:@-]{1,20}$/
/** A part of a value says much of it, too. */
const PART_OF_VALUE = /[0-9a-f]{12}/i
const OPAQUE_DIGITS = 32

/** The number of a member: of a source, or of a client. Clients of the API demand a whole number. */
export const memberNumber = (name: string): number =>
  createHash('sha256').update(name).digest().readUInt32BE() >>> 1

/**
 * The ids of entries as others see them: our own, or, where that is, holds or may be a hash value, a digest of it under the key
 * of this topic. It is the same at every start, and without the key it tells nothing.
 */
export class WireIds {
  readonly #topicId: string

  /** @param topicId The UUID of the topic known-hashes: random, and never shown to others. */
  constructor(topicId: string) {
    this.#topicId = topicId
  }

  /** @param isValue Whether the id is the value of a hash of its file: some kinds have short ones. */
  of(source: string, sourceId: string, isValue: boolean): string {
    if (!isValue && SHORT.test(sourceId) && !PART_OF_VALUE.test(sourceId)) return sourceId
    const digest = createHmac('sha256', this.#topicId).update(`${source}:${sourceId}`).digest('hex')
    return `id-${digest.slice(0, OPAQUE_DIGITS)}`
  }
}
