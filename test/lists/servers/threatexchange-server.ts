// The updates of a ThreatExchange privacy group. A record without descriptors is a tombstone, too.
import type { IncomingMessage } from 'node:http'
import { TrapServer, type Answer } from './trap-server.ts'

interface Indicator {
  readonly id: string
  readonly type: string
  readonly indicator: string
  readonly updated: number
  readonly status: string | undefined
  readonly isDeleted: boolean
}

export class ThreatExchangeServer extends TrapServer {
  readonly token = 'the-token'
  readonly privacyGroup = '1012185296055235'
  readonly #indicators = new Map<string, Indicator>()
  readonly #pageSize: number
  /** Seconds since 1970. */
  readonly #clock: () => number
  bendNext: ((next: string) => string) | undefined

  constructor(clock: () => number, pageSize = 10) {
    super()
    this.#clock = clock
    this.#pageSize = pageSize
  }

  get base(): string {
    return `${this.origin}/v20.0`
  }

  /** `status` undefined: the record has lost its descriptors. */
  put(id: string, type: string, indicator: string, status: string | undefined, isDeleted = false): void {
    this.#indicators.set(id, { id, type, indicator, status, isDeleted, updated: this.#clock() })
  }

  /** It is gone, and no update ever says so: after 90 days only a new copy shows it. */
  forget(id: string): void {
    this.#indicators.delete(id)
  }

  /** `type:value` of the matches. */
  truth(): readonly string[] {
    const types: Readonly<Record<string, string>> = {
      HASH_PDQ: 'pdq',
      HASH_MD5: 'md5',
      HASH_VIDEO_MD5: 'md5',
    }
    return [...this.#indicators.values()]
      .filter(({ status, isDeleted }) => status === 'MALICIOUS' && !isDeleted)
      .map(({ type, indicator }) => `${types[type]}:${indicator.toLowerCase()}`)
      .toSorted()
  }

  protected override answer(request: IncomingMessage, url: URL): Answer | undefined {
    const type = 'application/json'
    if (url.pathname !== `/v20.0/${this.privacyGroup}/threat_updates/`) return undefined
    if (request.headers.authorization !== `Bearer ${this.token}`) return { status: 403, type, body: '{}' }
    const start = Number(url.searchParams.get('start_time') ?? 0)
    const after = Number(url.searchParams.get('after') ?? 0)
    const all = [...this.#indicators.values()].filter(({ updated }) => updated >= start)
    const page = all.slice(after, after + this.#pageSize)
    const hasMore = all.length > after + page.length
    const next = new URL(url)
    next.searchParams.set('after', String(after + page.length))
    // Theirs holds the token.
    next.searchParams.set('access_token', this.token)
    const data = page.map(({ id, type: kind, indicator, updated, status, isDeleted }) => ({
      id,
      indicator,
      type: kind,
      creation_time: updated,
      last_updated: updated,
      should_delete: isDeleted,
      ...(status === undefined
        ? {}
        : {
            descriptors: {
              data: [{ owner: { id: '1', name: 'an owner' }, status, tags: ['media_type_photo'] }],
            },
          }),
    }))
    const paging = hasMore ? { next: this.bendNext?.(next.href) ?? next.href } : {}
    const headers = { date: new Date(this.#clock() * 1_000).toUTCString() }
    return { type, body: JSON.stringify({ data, paging }), headers }
  }
}
