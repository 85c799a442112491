// Tech Against Terrorism's hash list: a token for a password, pages by an absolute address, a checkpoint that may be empty.
import type { IncomingMessage } from 'node:http'
import { TrapServer, type Answer } from './trap-server.ts'

interface TatRecord {
  readonly id: number
  readonly hash_digest: string
  readonly algorithm: string
  readonly deleted: boolean
  readonly updated_on: number
}

export class TatServer extends TrapServer {
  readonly credentials = { username: 'user', password: 'password' }
  readonly #records = new Map<number, TatRecord>()
  readonly #pageSize: number
  #time = 1_724_856_487.709035
  #tokens = 0
  /** Makes the `next` of pages out of the right one. */
  bendNext: ((next: string) => string) | undefined

  constructor(pageSize = 10) {
    super()
    this.#pageSize = pageSize
  }

  get base(): string {
    return `${this.origin}/tcap`
  }

  put(id: number, algorithm: string, digest: string, deleted = false): void {
    this.#time += 0.25
    this.#records.set(id, { id, hash_digest: digest, algorithm, deleted, updated_on: this.#time })
  }

  /** All tokens that were given out are of no use any more. */
  forgetTokens(): void {
    this.#tokens++
  }

  truth(): readonly string[] {
    return [...this.#records.values()]
      .filter(({ deleted }) => !deleted)
      .map(
        ({ id, algorithm, hash_digest }) => `${algorithm.toLowerCase()}:${hash_digest.toLowerCase()}:${id}`,
      )
      .toSorted()
  }

  protected override isPage(url: URL): boolean {
    return url.pathname.startsWith('/tcap/api/')
  }

  protected override answer(request: IncomingMessage, url: URL, body: string): Answer | undefined {
    const type = 'application/json'
    if (url.pathname === '/tcap/token-auth/tcap/' && request.method === 'POST') {
      return body === JSON.stringify(this.credentials)
        ? { type, body: JSON.stringify({ token: `token-${this.#tokens}`, user: { id: 1 } }) }
        : { status: 403, type, body: '{}' }
    }
    if (url.pathname !== '/tcap/api/hash-list/v2/all') return undefined
    if (request.headers.authorization !== `Bearer token-${this.#tokens}`)
      return { status: 401, type, body: '{}' }
    const after = Number((url.searchParams.get('after') ?? '0').split(',')[0])
    const all = [...this.#records.values()]
      .filter(({ updated_on }) => updated_on > after)
      .toSorted((a, b) => a.updated_on - b.updated_on)
    const page = all.slice(0, this.#pageSize)
    const last = page.at(-1)
    const checkpoint = last ? `${last.updated_on},${last.id}` : ''
    const right = `${this.base}/api/hash-list/v2/all?order=asc&after=${encodeURIComponent(checkpoint)}`
    const next = all.length > page.length ? (this.bendNext?.(right) ?? right) : null
    const results = page.map((record) => ({
      ...record,
      ideology: 'islamist',
      file_type: 'mp4',
      created_on: record.updated_on,
      a_field_of_tomorrow: 'new',
    }))
    return {
      type,
      body: JSON.stringify({ count: all.length, next, previous: null, checkpoint, results, later: 1 }),
    }
  }
}
