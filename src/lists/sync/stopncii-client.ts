// Reads StopNCII's exchange: what changed since a time, paged by a token.
import type { ListItem } from '../list-item.ts'
import { stopNciiItems } from '../formats/stopncii.ts'
import { askForPage, type Connection } from './https-request.ts'
import { changes, type ListClient, type ListPage, type ReadBefore, type ReadRange } from './list-client.ts'
import { pageFields, recordsOf, textOf, type PageFields } from './page-fields.ts'
import { badPaging, corruptPage } from './source-error.ts'

/** Their documentation's: a lower one is refused. */
const FIRST_TIMESTAMP = 10
const MOST_PAGES = 1_000_000

export interface StopNciiOptions {
  readonly base: string
  /** Names and values of the headers that sign us in. */
  readonly credentials: () => Readonly<Record<string, string>>
  readonly connection: Connection
  readonly pageSize: number
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
    const tokens = new Set<string>()
    let token: string | undefined
    for (;;) {
      const page = await this.#page(start, token, signal)
      const records = recordsOf(page, 'hashRecords')
      const count = page['count']
      if (typeof count === 'number' && count !== records.length)
        throw corruptPage('it has another number of records than it says')
      const next = nextStart(page, start, records.length)
      yield changes(itemsOf(records))
      if (page['hasMoreRecords'] !== true) return { checkpoint: String(next) }
      token = textOf(page, 'nextPageToken')
      if (token === undefined) throw badPaging('a page has more records behind it and no token for them')
      if (tokens.has(token)) throw badPaging('a page names a token that came before')
      tokens.add(token)
      if (tokens.size > MOST_PAGES) throw badPaging(`a range has more than ${MOST_PAGES} pages`)
    }
  }

  async #page(start: number, token: string | undefined, signal: AbortSignal): Promise<PageFields> {
    const { base, credentials, connection, pageSize } = this.#options
    const url = new URL(`${base.replace(/\/+$/, '')}/FetchHashes`)
    url.searchParams.set('startTimestamp', String(start))
    url.searchParams.set('pageSize', String(pageSize))
    if (token !== undefined) url.searchParams.set('nextPageToken', token)
    const headers = { accept: 'application/json', ...credentials() }
    const { bytes } = await askForPage({ url, headers }, connection, signal)
    return pageFields(bytes)
  }
}

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
