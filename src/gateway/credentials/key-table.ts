// The keys that the topic of keys has, as its records say, and whether one of them lets a request in.
import { timingSafeEqual } from 'node:crypto'
import { decodeGatewayKey, type GatewayKey } from '../../contract/gateway-key.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { LogRecord } from '../../log/event-log.ts'
import type { Caller, CredentialRefusal, Presented } from './credentials.ts'
import { presentedKey } from './presented-key.ts'
import { Networks } from './networks.ts'
import { Revocations } from './revocations.ts'

/** Keys that are kept. Revoked and expired ones don't count among them; further ones are refused like records that can't be read. */
export const MOST_KEYS = 10_000
/** Nothing has this digest. A key of an unknown id is compared with it. */
const NO_DIGEST = Buffer.alloc(32)

interface KnownKey {
  readonly key: GatewayKey
  readonly digest: Buffer
  readonly expiresMs: number
  readonly networks: Networks | undefined
}

/** What a record did: `too-many` has the same effect as a record that can't be read. */
export type Applied = 'taken' | 'too-many' | Rejection

export class KeyTable {
  readonly #keys = new Map<string, KnownKey>()
  readonly #revocations: Revocations
  readonly #mostKeys: number

  constructor(revocations = new Revocations(), mostKeys = MOST_KEYS) {
    this.#revocations = revocations
    this.#mostKeys = mostKeys
  }

  get size(): number {
    return this.#keys.size
  }

  /** A record that can't be read refuses the key that it names: it may be one that revokes it. */
  apply({ key: recordKey, value }: Pick<LogRecord, 'key' | 'value'>, nowMs: number): Applied {
    const id = recordKey?.toString('utf8') ?? ''
    this.#keys.delete(id)
    if (value === null) return 'taken'
    const decoded = decodeGatewayKey(recordKey, value)
    if (decoded instanceof Rejection) return decoded
    const key = this.#revocations.apply(decoded)
    const expiresMs = key.expiresAt === undefined ? Infinity : Date.parse(key.expiresAt)
    if (key.revokedAt !== undefined || expiresMs <= nowMs) return 'taken'
    if (this.#keys.size >= this.#mostKeys) this.#forgetExpired(nowMs)
    if (this.#keys.size >= this.#mostKeys) return 'too-many'
    this.#keys.set(id, {
      key,
      digest: Buffer.from(key.sha256, 'hex'),
      expiresMs,
      networks: key.networks && new Networks(key.networks),
    })
    return 'taken'
  }

  /** A key of an unknown id takes the same work as a known one, and gets the same answer; so does one that has expired. */
  authenticate({ headers, address }: Presented, nowMs: number): Caller | CredentialRefusal {
    const given = presentedKey(headers)
    if (given === undefined) return 'not-permitted'
    const known = this.#keys.get(given.id)
    const isRight = timingSafeEqual(known?.digest ?? NO_DIGEST, given.digest)
    if (known === undefined || !isRight || nowMs >= known.expiresMs) return 'not-permitted'
    if (known.networks && !known.networks.has(address)) return 'wrong-network'
    return { platform: known.key.platform, credential: given.id }
  }

  #forgetExpired(nowMs: number): void {
    for (const [id, { expiresMs }] of this.#keys) if (expiresMs <= nowMs) this.#keys.delete(id)
  }
}
