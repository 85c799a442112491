// Reads Tech Against Terrorism's hash list: what came after a checkpoint, with a token that a password buys.
import { tatItems } from '../formats/tat.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { pageFields, recordsOf, textOf, type PageFields } from './page-fields.ts'
import { addressUnder, pagesOf } from './pages-of.ts'
import { badPaging, corruptPage, SourceError } from './source-error.ts'

const LIST = '/api/hash-list/v2/all'

export interface TatOptions {
  readonly base: string
  readonly credentials: () => { readonly username: string; readonly password: string }
  readonly connection: Connection
}

export class TatClient implements ListClient {
  readonly #options: TatOptions
  readonly #base: URL
  #token: string | undefined

  constructor(options: TatOptions) {
    this.#options = options
    this.#base = addressUnder(options.base, '')
  }

  /** The checkpoint is that of the last page that names one: an empty one says that nothing is new. */
  async *read({ checkpoint }: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    let reached = checkpoint
    const ask = (url: URL): Promise<PageFields> => this.#page(url, signal)
    const nextOf = (page: PageFields): URL | undefined => this.#next(page)
    for await (const page of pagesOf(this.#firstPage(checkpoint), ask, nextOf)) {
      const records = recordsOf(page, 'results')
      yield changes(records.flatMap((record, at) => tatItems(record, `record ${at + 1} of a page`)))
      reached = textOf(page, 'checkpoint') ?? reached
    }
    return { checkpoint: reached }
  }

  #firstPage(checkpoint: string | undefined): URL {
    const url = addressUnder(this.#options.base, LIST)
    url.searchParams.set('order', 'asc')
    if (checkpoint !== undefined) url.searchParams.set('after', checkpoint)
    return url
  }

  /** A token may end at any time: it is bought anew once. */
  async #page(url: URL, signal: AbortSignal): Promise<PageFields> {
    const hadToken = this.#token !== undefined
    try {
      return await this.#pageWith(await this.#signIn(signal), url, signal)
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'refused') throw error
      this.#token = undefined
      if (!hadToken) throw error
      return await this.#pageWith(await this.#signIn(signal), url, signal)
    }
  }

  async #pageWith(token: string, url: URL, signal: AbortSignal): Promise<PageFields> {
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
    const { bytes } = await askForPage({ url, headers }, this.#options.connection, signal)
    return pageFields(bytes)
  }

  async #signIn(signal: AbortSignal): Promise<string> {
    if (this.#token !== undefined) return this.#token
    const { base, credentials, connection } = this.#options
    const url = addressUnder(base, '/token-auth/tcap/')
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const body = JSON.stringify(credentials())
    const { bytes } = await askForPage(
      { url, headers, method: 'POST', body, alsoStatus: [201] },
      connection,
      signal,
    )
    const token = textOf(pageFields(bytes), 'token')
    if (token === undefined || !/^[\x21-\x7e]{1,8192}$/.test(token)) throw corruptPage('it has no token')
    return (this.#token = token)
  }

  /** The address of the next page, held to this server and this list. Behind their proxy it may say http: we never do. */
  #next(page: PageFields): URL | undefined {
    const next = textOf(page, 'next')
    if (next === undefined) return undefined
    const named = URL.parse(next)
    if (named === null || named.host !== this.#base.host || named.username !== '')
      throw badPaging('the next page is on another server')
    const url = new URL(named.pathname + named.search, this.#base.origin)
    const list = this.#base.pathname.replace(/\/$/, '') + LIST
    if (url.pathname.replace(/\/$/, '') !== list) throw badPaging('the next page lies outside of the list')
    return url
  }
}
