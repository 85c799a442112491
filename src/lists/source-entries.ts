// The entries that a source has in the topic known-hashes, in few bytes each, to compare a list with.
import { hash, randomInt } from 'node:crypto'
import { decodeEntry, encodeKnownHash, type KnownHashKey } from '../contract/known-hash.ts'
import { Rejection } from '../contract/rejection.ts'
import { ExactIndex } from '../search/equal/exact.ts'
import { withRoom } from '../search/growth.ts'
import type { EventLog } from '../log/event-log.ts'
import { readToEnd } from '../log/read-to-end.ts'

const DIGEST_WORDS = 4

/**
 * The entries that a source has. Each takes about 50 bytes: the digest of its key, the digest of its canonical bytes, and
 * the time when it was added. So a source of ten million entries is compared in half a gigabyte.
 * (Digests are 128 bits of SHA-256: among ten million entries two share one by chance once in 10²⁴ imports.)
 */
export class SourceEntries {
  readonly #keys = new ExactIndex(DIGEST_WORDS, [randomInt(2 ** 32), randomInt(2 ** 32)])
  #contents = new Uint32Array(1024 * DIGEST_WORDS)
  #addedAt = new Uint32Array(1024)
  /** The times as they were written. An import gives all of its entries the same one. */
  readonly #times: string[] = []
  readonly #timeNumbers = new Map<string, number>()
  readonly #digest = new Uint32Array(DIGEST_WORDS)

  /** Number of entries. */
  get size(): number {
    return this.#keys.size
  }

  /** The entry's id, for `addedAt` and `isSame`; undefined if the source doesn't have it. */
  find(key: KnownHashKey): number | undefined {
    const id = this.#keys.find(this.#digestOf(key), 0)
    return id === -1 ? undefined : id
  }

  addedAt(id: number): string {
    return this.#times[this.#addedAt[id]]
  }

  /** Whether the entry's canonical bytes are these. */
  isSame(id: number, bytes: string): boolean {
    const digest = this.#digestOf(bytes)
    return digest.every((word, place) => this.#contents[id * DIGEST_WORDS + place] === word)
  }

  set(key: KnownHashKey, addedAt: string, bytes: string): void {
    const id = this.#keys.add(this.#digestOf(key), 0)
    this.#contents = withRoom(Uint32Array, this.#contents, (id + 1) * DIGEST_WORDS)
    this.#contents.set(this.#digestOf(bytes), id * DIGEST_WORDS)
    this.#addedAt = withRoom(Uint32Array, this.#addedAt, id + 1)
    this.#addedAt[id] = this.#timeNumber(addedAt)
  }

  delete(key: KnownHashKey): void {
    const id = this.find(key)
    if (id !== undefined) this.#keys.remove(id)
  }

  #timeNumber(time: string): number {
    let number = this.#timeNumbers.get(time)
    if (number === undefined) {
      number = this.#times.push(time) - 1
      this.#timeNumbers.set(time, number)
    }
    return number
  }

  /** The next call overwrites the result. */
  #digestOf(text: string): Uint32Array {
    const bytes = hash('sha256', text, 'buffer')
    for (let word = 0; word < DIGEST_WORDS; word++) this.#digest[word] = bytes.readUInt32LE(word * 4)
    return this.#digest
  }
}

/** Reads the entries that a source has in the topic now. */
export async function readSourceEntries(
  log: EventLog,
  topic: string,
  source: string,
): Promise<SourceEntries> {
  const entries = new SourceEntries()
  await readToEnd(log, topic, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.identity.source !== source) return
    if (change.entry) entries.set(change.key, change.entry.addedAt, encodeKnownHash(change.entry))
    else entries.delete(change.key)
  })
  return entries
}
