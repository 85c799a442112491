// Reads the updates of a ThreatExchange privacy group.
import { threatExchangeItems } from '../formats/threatexchange-updates.ts'
import type { ListItem } from '../list-item.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { pageFields, recordsOf, textOf, type PageFields } from './page-fields.ts'
import { badPaging } from './source-error.ts'

/** Their terms: a copy that was not refreshed for 90 days must go. Before that it is fetched anew, as a whole. */
const ANEW_AFTER_MS = 85 * 86_400_000
/** Updates of the last moments may come late, so the next range begins this long before the end of the last, in seconds. */
const OVERLAP_SECONDS = 60
const PAGE_SIZE = 500
const FIELDS =
  'id,indicator,type,creation_time,last_updated,should_delete,tags,status,descriptors{owner,status,tags,reactions,last_updated}'
const MOST_PAGES = 1_000_000

export interface ThreatExchangeOptions {
  readonly base: string
  readonly privacyGroup: string
  readonly token: () => string
  readonly connection: Connection
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export class ThreatExchangeClient implements ListClient {
  readonly #options: ThreatExchangeOptions
  readonly #base: URL

  constructor(options: ThreatExchangeOptions) {
    this.#options = options
    this.#base = new URL(options.base.replace(/\/+$/, ''))
  }

  async *read(before: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    const nowMs = this.#options.clock()
    const checkpoint = String(Math.floor(nowMs / 1000) - OVERLAP_SECONDS)
    const isOld = before.checkedAt === undefined || nowMs - Date.parse(before.checkedAt) > ANEW_AFTER_MS
    if (before.checkpoint === undefined || isOld) {
      yield { items: this.#pages(undefined, signal), isComplete: true }
    } else {
      for await (const items of this.#pages(before.checkpoint, signal)) yield changes(items)
    }
    return { checkpoint }
  }

  /** All pages from a time on, in seconds since 1970; of the whole group without one. */
  async *#pages(start: string | undefined, signal: AbortSignal): AsyncGenerator<readonly ListItem[]> {
    const seen = new Set<string>()
    let url: URL | undefined = this.#firstPage(start)
    while (url !== undefined) {
      if (seen.has(url.href)) throw badPaging('a page names one that came before as the next')
      seen.add(url.href)
      if (seen.size > MOST_PAGES) throw badPaging(`a range has more than ${MOST_PAGES} pages`)
      const page = await this.#page(url, signal)
      yield recordsOf(page, 'data').flatMap((record, at) =>
        threatExchangeItems(record, `record ${at + 1} of a page`),
      )
      url = this.#next(page)
    }
  }

  #firstPage(start: string | undefined): URL {
    const url = new URL(this.#path)
    url.searchParams.set('limit', String(PAGE_SIZE))
    url.searchParams.set('fields', FIELDS)
    if (start !== undefined) url.searchParams.set('start_time', start)
    return url
  }

  get #path(): string {
    return `${this.#base.href.replace(/\/+$/, '')}/${this.#options.privacyGroup}/threat_updates/`
  }

  async #page(url: URL, signal: AbortSignal): Promise<PageFields> {
    const { token, connection } = this.#options
    const headers = { accept: 'application/json', authorization: `Bearer ${token()}` }
    const { bytes } = await askForPage({ url, headers }, connection, signal)
    return pageFields(bytes)
  }

  /** The address of the next page, held to this server and this group. The token that they write into it goes. */
  #next(page: PageFields): URL | undefined {
    const paging = page['paging']
    if (paging === undefined || paging === null) return undefined
    // Only the field `next` is read of it, whatever else it is.
    const next = textOf(Object(paging) as PageFields, 'next')
    if (next === undefined) return undefined
    const url = URL.parse(next)
    if (url === null || url.origin !== this.#base.origin || url.username !== '')
      throw badPaging('the next page is on another server')
    const own = new URL(this.#path).pathname.replace(/\/$/, '')
    if (url.pathname.replace(/\/$/, '') !== own) throw badPaging('the next page belongs to another group')
    url.searchParams.delete('access_token')
    return url
  }
}
