// Makes API keys, lists them, replaces and revokes them, by the topic of keys.
import { decodeGatewayKey, encodeGatewayKey, type GatewayKey } from '../../contract/gateway-key.ts'
import { timestampOf } from '../../contract/primitives.ts'
import { Rejection } from '../../contract/rejection.ts'
import { platformProblem } from '../../contract/reporting-platform.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { MOST_KEYS } from './key-table.ts'
import { newKey } from './key-text.ts'
import { Revocations } from './revocations.ts'

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
  readonly #mostKeys: number

  constructor(log: EventLog, topic: string, now: () => number = Date.now, mostKeys = MOST_KEYS) {
    this.#log = log
    this.#topic = topic
    this.#now = now
    this.#mostKeys = mostKeys
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
    const problem = platformProblem(terms.platform)
    if (problem !== undefined) throw new GatewayKeyError(`No key is made: ${problem}.`)
    const { keys } = await this.#read()
    const nowMs = this.#now()
    const validKeys = [...keys.values()].filter((key) => stateOf(key, nowMs) === 'valid')
    if (validKeys.length >= this.#mostKeys)
      throw new GatewayKeyError(
        `There are ${validKeys.length} valid keys, and a gateway knows no more: revoke those that are no longer used.`,
      )
    const valid = validKeys.filter(({ platform }) => platform === terms.platform)
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
    // Written also if it was revoked before: a later record may have left the revocation out.
    const revoked = { ...key, revokedAt: key.revokedAt ?? timestampOf(this.#now()) }
    await this.#write(revoked)
    return revoked
  }

  /**
   * Makes a key on the terms of another, which expires after `overlapMs`. The new one is valid for as long as the old one was
   * meant to be. If the old one is revoked meanwhile, it stays revoked, and so is the new one. @throws GatewayKeyError
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
    if (!(await this.#isRevoked(id))) {
      await this.#write(ending)
      if (!(await this.#isRevoked(id))) return { ...created, old: ending }
      // The record above would hide the revocation once the topic is compacted.
      await this.#write({ ...ending, revokedAt: timestampOf(this.#now()) })
    }
    await this.revoke(created.key.id)
    throw new GatewayKeyError(
      'The key was revoked while it was being rotated: it stays revoked, and no key takes its place. Make another one by `keys create`.',
    )
  }

  /** Or its record is gone. */
  async #isRevoked(id: string): Promise<boolean> {
    const key = (await this.#read()).keys.get(id)
    return key === undefined || key.revokedAt !== undefined
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
    const revocations = new Revocations()
    await readToEnd(this.#log, this.#topic, ({ key: recordKey, value }) => {
      const id = recordKey?.toString('utf8') ?? ''
      keys.delete(id)
      unreadable.delete(id)
      if (value === null) return
      const key = decodeGatewayKey(recordKey, value)
      if (key instanceof Rejection) unreadable.add(id)
      else keys.set(id, revocations.apply(key))
    })
    return { keys, unreadable }
  }
}
