// Reads a base of NCMEC's hash sharing: ranges (from, to] of changes, each page by page.
import { DamagedListError, type ListItem } from '../list-item.ts'
import { readNcmec } from '../formats/ncmec.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { addressUnder, pagesOf } from './pages-of.ts'
import { checkNotAhead, safeTime, type SafeTime } from './server-clock.ts'
import { badPaging, corruptPage, SourceError } from './source-error.ts'

/** Entries get their times before they can be read, so a range ends this long before the server's now, in milliseconds. */
const SETTLE_MS = 5_000
/**
 * The end of a range that reached up to now is read again by the next one, for as long as this, in milliseconds. An
 * entry that is unchanged is not published again.
 */
const OVERLAP_MS = 60_000
/** Behind the time of a checkpoint that is no part of a backlog. */
const CAUGHT_UP = ' caught-up'
/** Of a first synchronisation: the first range, and the longest, in milliseconds. */
const FIRST_RANGE_MS = 30 * 86_400_000
const LONGEST_RANGE_MS = 10 * 365 * 86_400_000
const SHORTEST_RANGE_MS = 1_000
/** A range with more pages is given up, and a shorter one read: a restart loses at most so much work. */
const MANY_PAGES = 1_000
/** After a range with fewer, the next is twice as long. */
const FEW_PAGES = 100

export interface NcmecOptions {
  /** What `/v2/…` is appended to. */
  readonly base: string
  readonly authorization: () => string
  readonly connection: Connection
  /** Milliseconds since 1970: where a first synchronisation begins. */
  readonly sinceMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly manyPages?: number
}

/** The range to read, in milliseconds since 1970: `from` excluded, `to` included. */
interface Range {
  readonly fromMs: number
  readonly toMs: number
}

export class NcmecClient implements ListClient {
  readonly #options: NcmecOptions
  readonly #base: URL
  readonly #manyPages: number
  #rangeMs = FIRST_RANGE_MS

  constructor(options: NcmecOptions) {
    this.#options = options
    this.#base = addressUnder(options.base, '')
    this.#manyPages = options.manyPages ?? MANY_PAGES
  }

  async *read({ checkpoint }: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    const { nowMs, problem } = await this.#now(signal)
    const endMs = wholeSeconds(nowMs) - SETTLE_MS
    const { doneMs, isCaughtUp } = this.#progress(checkpoint)
    checkNotAhead(doneMs, nowMs)
    if (endMs <= doneMs) return { checkpoint, problem }
    const fromMs = isCaughtUp ? Math.max(this.#options.sinceMs, doneMs - OVERLAP_MS) : doneMs
    for (;;) {
      const toMs = Math.min(endMs, doneMs + this.#rangeMs)
      const read = yield* this.#range({ fromMs, toMs }, signal)
      if (read === 'too-long') {
        this.#rangeMs = Math.max(SHORTEST_RANGE_MS, wholeSeconds((toMs - doneMs) / 2))
        continue
      }
      if (read.pages < Math.min(FEW_PAGES, this.#manyPages / 2))
        this.#rangeMs = Math.min(LONGEST_RANGE_MS, this.#rangeMs * 2)
      // Late entries may have come behind the end of any range that ends so near to now.
      const isBacklog = toMs < endMs - OVERLAP_MS
      return {
        checkpoint: isBacklog ? timeText(toMs) : timeText(toMs) + CAUGHT_UP,
        newestAt: read.newestAt,
        hasMore: toMs < endMs,
        problem,
      }
    }
  }

  /** All changes up to `doneMs` have been read. Caught up: it was the newest time then, so late ones may have come behind. */
  #progress(checkpoint: string | undefined): { readonly doneMs: number; readonly isCaughtUp: boolean } {
    if (checkpoint === undefined) return { doneMs: this.#options.sinceMs, isCaughtUp: false }
    const isCaughtUp = checkpoint.endsWith(CAUGHT_UP)
    const doneMs = Date.parse(isCaughtUp ? checkpoint.slice(0, -CAUGHT_UP.length) : checkpoint)
    if (Number.isNaN(doneMs))
      throw new SourceError('other', 'The checkpoint of this source is not a time: see the runbook.')
    return { doneMs, isCaughtUp }
  }

  /** By the server's clock, or by ours if that is behind. */
  async #now(signal: AbortSignal): Promise<SafeTime> {
    const { headers } = await this.#ask(addressUnder(this.#options.base, '/v2/status'), signal)
    return safeTime(headers, this.#options.clock)
  }

  async *#range(
    range: Range,
    signal: AbortSignal,
  ): AsyncGenerator<
    ListPage,
    'too-long' | { readonly pages: number; readonly newestAt: string | undefined }
  > {
    let pages = 0
    let newestAt: string | undefined
    const ask = (url: URL): Promise<NcmecPage> => this.#page(url, signal)
    const nextOf = ({ next }: NcmecPage): URL | undefined =>
      next === undefined ? undefined : this.#held(next, range)
    for await (const { items, next, maxTimestamp } of pagesOf(this.#firstPage(range), ask, nextOf)) {
      yield changes(items)
      pages++
      newestAt = later(newestAt, maxTimestamp)
      if (pages >= this.#manyPages && next !== undefined && this.#rangeMs > SHORTEST_RANGE_MS)
        return 'too-long'
    }
    return { pages, newestAt }
  }

  #firstPage({ fromMs, toMs }: Range): URL {
    const url = addressUnder(this.#options.base, '/v2/entries')
    url.searchParams.set('from', timeText(fromMs))
    url.searchParams.set('to', timeText(toMs))
    return url
  }

  async #page(url: URL, signal: AbortSignal): Promise<NcmecPage> {
    const { bytes } = await this.#ask(url, signal)
    return readPage(bytes)
  }

  async #ask(url: URL, signal: AbortSignal): ReturnType<typeof askForPage> {
    const { authorization, connection } = this.#options
    return askForPage(
      { url, headers: { authorization: authorization(), accept: 'application/xml' } },
      connection,
      signal,
    )
  }

  /**
   * The address of the next page, held to this server, this base and this range: credentials must not go elsewhere, and the
   * `next` of another range would lose in silence what lies between.
   */
  #held(next: string, { fromMs, toMs }: Range): URL {
    if (!next.startsWith('/v2/')) throw badPaging('the next page does not begin with /v2/')
    const url = URL.parse(this.#options.base.replace(/\/+$/, '') + next)
    if (url === null || url.origin !== this.#base.origin || url.username !== '')
      throw badPaging('the next page is on another server')
    if (!url.pathname.startsWith(`${this.#base.pathname.replace(/\/$/, '')}/v2/`))
      throw badPaging('the next page lies outside of the base address')
    for (const [name, ms] of [
      ['from', fromMs],
      ['to', toMs],
    ] as const)
      for (const text of url.searchParams.getAll(name))
        if (Date.parse(text) !== ms) throw badPaging('the next page belongs to another range')
    return url
  }
}

interface NcmecPage {
  readonly items: readonly ListItem[]
  readonly next: string | undefined
  readonly maxTimestamp: string | undefined
}

async function readPage(bytes: Buffer): Promise<NcmecPage> {
  const read: (readonly ListItem[])[] = []
  let paging: { readonly next?: string | undefined; readonly maxTimestamp?: string | undefined } = {}
  try {
    for await (const some of readNcmec(only(bytes), { onPaging: (its) => (paging = { ...paging, ...its }) }))
      read.push(some)
  } catch (error) {
    throw error instanceof DamagedListError ? corruptPage(error.message) : error
  }
  return { items: read.flat(), next: paging.next, maxTimestamp: paging.maxTimestamp }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000

/** RFC 3339 without fractions. */
const timeText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && Date.parse(b) > Date.parse(a)) ? b : a
