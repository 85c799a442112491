// Which keys were revoked, as far as this process has read: no later record revives one.
import type { GatewayKey } from '../../contract/gateway-key.ts'

export class Revocations {
  /** When each was revoked first, by its id. As many as the topic has: those who may write to it are trusted with that. */
  readonly #revokedAt = new Map<string, string>()

  /** The key, revoked if a record before this one revoked it. Call it for each record, in their order. */
  apply(key: GatewayKey): GatewayKey {
    const revokedAt = this.#revokedAt.get(key.id) ?? key.revokedAt
    if (revokedAt === undefined) return key
    this.#revokedAt.set(key.id, revokedAt)
    return { ...key, revokedAt }
  }
}
