// Reads the updates of a ThreatExchange privacy group.
import { threatExchangeItems } from '../formats/threatexchange-updates.ts'
import type { ListItem } from '../list-item.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { pageFields, recordsOf, textOf, type PageFields } from './page-fields.ts'
import { addressUnder, pagesOf } from './pages-of.ts'
import { checkPage } from './range-refusals.ts'
import { checkNotAhead, safeTime, type SafeTime } from './server-clock.ts'
import { badPaging, SourceError } from './source-error.ts'

/** Their terms: a copy that was not refreshed for 90 days must go. Before that it is fetched anew, as a whole. */
const ANEW_AFTER_MS = 85 * 86_400_000
/** Updates of the last moments may come late, so the next range begins this long before the end of the last, in seconds. */
const OVERLAP_SECONDS = 60
const PAGE_SIZE = 500
const FIELDS =
  'id,indicator,type,creation_time,last_updated,should_delete,tags,status,descriptors{owner,status,tags,reactions,last_updated}'

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
    this.#base = addressUnder(options.base, '')
  }

  async *read(before: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    const nowMs = this.#options.clock()
    if (before.checkpoint !== undefined) checkNotAhead(Number(before.checkpoint) * 1_000, nowMs)
    const isOld = before.checkedAt === undefined || nowMs - Date.parse(before.checkedAt) > ANEW_AFTER_MS
    let begun: SafeTime | undefined
    const onBegun = (time: SafeTime): void => {
      begun ??= time
    }
    if (before.checkpoint === undefined || isOld) {
      yield { items: checked(this.#pages(undefined, onBegun, signal)), isComplete: true }
    } else {
      for await (const items of this.#pages(before.checkpoint, onBegun, signal)) yield changes(items)
    }
    return rangeFrom(begun)
  }

  /** All pages from a time on, in seconds since 1970; of the whole group without one. */
  async *#pages(
    start: string | undefined,
    onBegun: (time: SafeTime) => void,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ListItem[]> {
    const ask = (url: URL): Promise<PageFields> => this.#page(url, onBegun, signal)
    const nextOf = (page: PageFields): URL | undefined => this.#next(page)
    for await (const page of pagesOf(this.#firstPage(start), ask, nextOf))
      yield recordsOf(page, 'data').flatMap((record, at) =>
        threatExchangeItems(record, `record ${at + 1} of a page`),
      )
  }

  #firstPage(start: string | undefined): URL {
    const url = this.#list
    url.searchParams.set('limit', String(PAGE_SIZE))
    url.searchParams.set('fields', FIELDS)
    if (start !== undefined) url.searchParams.set('start_time', start)
    return url
  }

  get #list(): URL {
    const { base, privacyGroup } = this.#options
    return addressUnder(base, `/${privacyGroup}/threat_updates/`)
  }

  async #page(url: URL, onBegun: (time: SafeTime) => void, signal: AbortSignal): Promise<PageFields> {
    const { token, connection, clock } = this.#options
    const headers = { accept: 'application/json', authorization: `Bearer ${token()}` }
    const { bytes, headers: answered } = await askForPage({ url, headers }, connection, signal)
    onBegun(safeTime(answered, clock))
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
    const own = this.#list.pathname.replace(/\/$/, '')
    if (url.pathname.replace(/\/$/, '') !== own) throw badPaging('the next page belongs to another group')
    url.searchParams.delete('access_token')
    return url
  }
}

/** Among the pages of a whole group one that speaks differently would be lost: later ranges don't say its records again. */
async function* checked(pages: AsyncIterable<readonly ListItem[]>): AsyncGenerator<readonly ListItem[]> {
  for await (const items of pages) {
    checkPage(items.length, items.filter(({ kind }) => kind === 'refused').length)
    yield items
  }
}

/** The next range begins before the time at which this one was begun. */
function rangeFrom(begun: SafeTime | undefined): ReadRange {
  if (begun === undefined) throw new SourceError('other', 'The group was not read to its end.')
  const { nowMs, problem } = begun
  return { checkpoint: String(Math.floor(nowMs / 1_000) - OVERLAP_SECONDS), problem }
}
