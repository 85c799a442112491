// Makes API keys, lists them, replaces and revokes them, by the topic of keys.
import { CANARY_PLATFORM } from '../../contract/canary.ts'
import { decodeGatewayKey, encodeGatewayKey, type GatewayKey } from '../../contract/gateway-key.ts'
import { timestampOf } from '../../contract/primitives.ts'
import { Rejection } from '../../contract/rejection.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { newKey } from './key-text.ts'

/** Keys of one platform that are valid at once, at most: it needs two while one replaces the other. */
const MOST_OF_PLATFORM = 10

/** What was asked of a key can't be done; the message says what to do. */
export class GatewayKeyError extends Error {
  readonly code = 'GATEWAY_KEY'
  override readonly name = 'GatewayKeyError'
}

/** What a key may be used for. */
export interface KeyTerms {
  readonly platform: string
  readonly expiresAt?: string | undefined
  readonly networks?: readonly string[] | undefined
}

export interface CreatedKey {
  /** The secret: no copy of it is kept. */
  readonly text: string
  readonly key: GatewayKey
}

export type KeyState = 'valid' | 'expired' | 'revoked'

export function stateOf({ revokedAt, expiresAt }: GatewayKey, nowMs: number): KeyState {
  if (revokedAt !== undefined) return 'revoked'
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs ? 'expired' : 'valid'
}

export class KeyManager {
  readonly #log: EventLog
  readonly #topic: string
  readonly #now: () => number

  constructor(log: EventLog, topic: string, now: () => number = Date.now) {
    this.#log = log
    this.#topic = topic
    this.#now = now
  }

  /** By platform, and then the newest first; and how many records can't be read. */
  async list(): Promise<{ readonly keys: readonly GatewayKey[]; readonly unreadable: number }> {
    const { keys, unreadable } = await this.#read()
    const sorted = [...keys.values()].toSorted((one, other) =>
      one.platform === other.platform
        ? Date.parse(other.createdAt) - Date.parse(one.createdAt)
        : one.platform < other.platform
          ? -1
          : 1,
    )
    return { keys: sorted, unreadable: unreadable.size }
  }

  /** @throws GatewayKeyError */
  async create(terms: KeyTerms): Promise<CreatedKey> {
    if (terms.platform === CANARY_PLATFORM)
      throw new GatewayKeyError(`${CANARY_PLATFORM} is the platform of canary reports: no other may use it.`)
    const { keys } = await this.#read()
    const nowMs = this.#now()
    const valid = [...keys.values()].filter(
      (key) => key.platform === terms.platform && stateOf(key, nowMs) === 'valid',
    )
    if (valid.length >= MOST_OF_PLATFORM)
      throw new GatewayKeyError(
        `${terms.platform} has ${valid.length} valid keys, and that is the most: revoke those that it no longer uses.`,
      )
    const { key: text, id, digest } = newKey()
    if (keys.has(id)) return this.create(terms)
    const { platform, expiresAt, networks } = terms
    const key: GatewayKey = {
      schema: 'gateway-key/1',
      id,
      platform,
      sha256: digest.toString('hex'),
      createdAt: timestampOf(nowMs),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(networks === undefined ? {} : { networks: [...networks] }),
    }
    await this.#write(key)
    return { text, key }
  }

  /** For good. To revoke a key again changes nothing. @throws GatewayKeyError */
  async revoke(id: string): Promise<GatewayKey> {
    const { keys, unreadable } = await this.#read()
    const key = keys.get(id)
    if (key === undefined)
      throw new GatewayKeyError(
        unreadable.has(id)
          ? 'The record of this key can’t be read: no gateway takes the key.'
          : 'There is no key with this id: `hashwarden gateway keys list` names them all.',
      )
    if (key.revokedAt !== undefined) return key
    const revoked = { ...key, revokedAt: timestampOf(this.#now()) }
    await this.#write(revoked)
    return revoked
  }

  /**
   * Makes a key on the terms of another, which expires after `overlapMs`. The new one is valid for as long as the old one was
   * meant to be. @throws GatewayKeyError
   */
  async rotate(id: string, overlapMs: number): Promise<CreatedKey & { readonly old: GatewayKey }> {
    const old = (await this.#read()).keys.get(id)
    const nowMs = this.#now()
    if (old === undefined || stateOf(old, nowMs) !== 'valid')
      throw new GatewayKeyError('There is no valid key with this id: make another one by `keys create`.')
    const { platform, networks, expiresAt } = old
    const expiresMs = expiresAt === undefined ? Infinity : Date.parse(expiresAt)
    const created = await this.create({
      platform,
      networks,
      expiresAt: Number.isFinite(expiresMs)
        ? timestampOf(nowMs + expiresMs - Date.parse(old.createdAt))
        : undefined,
    })
    const ending = { ...old, expiresAt: timestampOf(Math.min(expiresMs, nowMs + overlapMs)) }
    await this.#write(ending)
    return { ...created, old: ending }
  }

  async #write(key: GatewayKey): Promise<void> {
    await this.#log.produce(this.#topic, [{ key: key.id, value: encodeGatewayKey(key) }])
  }

  async #read(): Promise<{
    readonly keys: ReadonlyMap<string, GatewayKey>
    readonly unreadable: ReadonlySet<string>
  }> {
    const keys = new Map<string, GatewayKey>()
    const unreadable = new Set<string>()
    await readToEnd(this.#log, this.#topic, ({ key: recordKey, value }) => {
      const id = recordKey?.toString('utf8') ?? ''
      keys.delete(id)
      unreadable.delete(id)
      if (value === null) return
      const key = decodeGatewayKey(recordKey, value)
      if (key instanceof Rejection) unreadable.add(id)
      else keys.set(id, key)
    })
    return { keys, unreadable }
  }
}
