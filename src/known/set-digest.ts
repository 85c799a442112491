import { createHash } from 'node:crypto'
import { encodeKnownHash, type KnownHash } from '../contract/known-hash.ts'

const MODULUS_MASK = (1n << 256n) - 1n

/**
 * A digest of a set of entries that doesn't depend on their order: the sum modulo 2^256 of the SHA-256 of each
 * canonical entry. Two matchers at one offset that differ have drifted apart. It detects drift, not forgery
 * (sums of hashes can be forged): evidence rests on the SHA-256 of an archived snapshot.
 */
export class SetDigest {
  #sum = 0n

  add(entry: KnownHash): void {
    this.#sum = (this.#sum + entryHash(entry)) & MODULUS_MASK
  }

  remove(entry: KnownHash): void {
    this.#sum = (this.#sum - entryHash(entry)) & MODULUS_MASK
  }

  toString(): string {
    return this.#sum.toString(16).padStart(64, '0')
  }
}

const entryHash = (entry: KnownHash): bigint =>
  BigInt(`0x${createHash('sha256').update(encodeKnownHash(entry)).digest('hex')}`)
