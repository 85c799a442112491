// Reads StopNCII's exchange: what changed since a time, paged by a token.
import type { ListItem } from '../list-item.ts'
import { stopNciiItems } from '../formats/stopncii.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { pageFields, recordsOf, textOf, type PageFields } from './page-fields.ts'
import { addressUnder, pagesOf } from './pages-of.ts'
import { checkNotAhead, safeTime } from './server-clock.ts'
import { badPaging, corruptPage, type SourceError } from './source-error.ts'

/** Their documentation's: a lower one is refused. */
const FIRST_TIMESTAMP = 10
/** Their clock and ours may be this far apart, in milliseconds. */
const AHEAD_MS = 5 * 60_000
/** Times below are in seconds since 1970, others in milliseconds. */
const FIRST_OF_MILLISECONDS = 1e11

export interface StopNciiOptions {
  readonly base: string
  /** Names and values of the headers that sign us in. */
  readonly credentials: () => Readonly<Record<string, string>>
  readonly connection: Connection
  readonly pageSize: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A page, and the time when it was sent: its own times can't lie behind that. */
interface StopNciiPage {
  readonly fields: PageFields
  readonly nowMs: number
  readonly problem: SourceError | undefined
}

export class StopNciiClient implements ListClient {
  readonly #options: StopNciiOptions

  constructor(options: StopNciiOptions) {
    this.#options = options
  }

  /** All pages of a range have its start; the last one names the start of the next range. */
  async *read({ checkpoint }: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    const start = checkpoint === undefined ? FIRST_TIMESTAMP : Number(checkpoint)
    if (!Number.isFinite(start)) throw badPaging('the checkpoint of this source is not a number')
    checkNotAhead(timeOf(start), this.#options.clock())
    const ask = (url: URL): Promise<StopNciiPage> => this.#page(url, signal)
    const nextOf = ({ fields }: StopNciiPage): URL | undefined => this.#next(fields, start)
    let range: ReadRange = { checkpoint }
    for await (const { fields, nowMs, problem } of pagesOf(this.#address(start), ask, nextOf)) {
      const records = recordsOf(fields, 'hashRecords')
      const count = fields['count']
      if (typeof count === 'number' && count !== records.length)
        throw corruptPage('it has another number of records than it says')
      const next = nextStart(fields, start, records.length)
      if (timeOf(next) > nowMs + AHEAD_MS)
        throw badPaging('nextSetTimestamp lies ahead of the time: what comes until then would be passed over')
      yield changes(itemsOf(records))
      range = { checkpoint: String(next), problem }
    }
    return range
  }

  #address(start: number, token?: string): URL {
    const url = addressUnder(this.#options.base, '/FetchHashes')
    url.searchParams.set('startTimestamp', String(start))
    url.searchParams.set('pageSize', String(this.#options.pageSize))
    if (token !== undefined) url.searchParams.set('nextPageToken', token)
    return url
  }

  /** Undefined: it was the last page. */
  #next(page: PageFields, start: number): URL | undefined {
    const token = textOf(page, 'nextPageToken')
    const hasMoreRecords = page['hasMoreRecords']
    // Taken for `false`, a text or a number would end the range in the middle of it.
    if (typeof hasMoreRecords !== 'boolean') throw corruptPage('its hasMoreRecords is neither true nor false')
    if (hasMoreRecords && token === undefined)
      throw badPaging('a page has more records behind it and no token for them')
    if (!hasMoreRecords && token !== undefined)
      throw badPaging('a page has a token for more records, and says that there are none')
    return hasMoreRecords ? this.#address(start, token) : undefined
  }

  async #page(url: URL, signal: AbortSignal): Promise<StopNciiPage> {
    const { credentials, connection, clock } = this.#options
    const request = { url, headers: { accept: 'application/json', ...credentials() } }
    const { bytes, headers } = await askForPage(request, connection, signal)
    return { fields: pageFields(bytes), ...safeTime(headers, clock) }
  }
}

/** In milliseconds since 1970. */
const timeOf = (time: number): number => (time < FIRST_OF_MILLISECONDS ? time * 1_000 : time)

/** Where the next range begins, as this page says. A page without records may say nothing. */
function nextStart(page: PageFields, start: number, records: number): number {
  const next = page['nextSetTimestamp'] ?? 0
  if (typeof next !== 'number' || !Number.isFinite(next))
    throw corruptPage('its nextSetTimestamp is no number')
  if (records === 0 && next === 0) return start
  if (next < start) throw badPaging('nextSetTimestamp goes back: reading from there would never end')
  return next
}

function modifiedAt(record: unknown): number {
  const time: unknown = Reflect.get(Object(record), 'lastModtimestamp')
  return typeof time === 'number' ? time : 0
}

/** The older first: records replace earlier ones of the same hash. */
function itemsOf(records: readonly unknown[]): readonly ListItem[] {
  return records
    .map((record, at) => ({ record, place: `record ${at + 1} of a page` }))
    .toSorted((a, b) => modifiedAt(a.record) - modifiedAt(b.record))
    .flatMap(({ record, place }) => stopNciiItems(record, place))
}
