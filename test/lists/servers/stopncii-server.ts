// StopNCII's exchange: records by the time of their change, paged by a token.
import type { IncomingMessage } from 'node:http'
import { TrapServer, type Answer } from './trap-server.ts'

interface StopNciiRecord {
  readonly signalType: string
  readonly hashValue: string
  readonly hashStatus: string
  readonly lastModtimestamp: number
}

const KEYS = { functionsKey: 'functions-key', subscriptionKey: 'subscription-key' }

export class StopNciiServer extends TrapServer {
  readonly credentials = KEYS
  readonly #records: StopNciiRecord[] = []
  readonly #pageSize: number
  #time = 1_000
  /** Changes the page before it is sent. */
  bend: ((page: Record<string, unknown>) => Record<string, unknown>) | undefined

  constructor(pageSize = 10) {
    super()
    this.#pageSize = pageSize
  }

  get base(): string {
    return `${this.origin}/api`
  }

  /** A record replaces the earlier ones of its type and value, which stay in the exchange's history. */
  say(signalType: string, hashValue: string, hashStatus: string): void {
    this.#records.push({ signalType, hashValue, hashStatus, lastModtimestamp: this.#time++ })
  }

  /** What a reader must have in the end: `type:value`. */
  truth(): readonly string[] {
    const types: Readonly<Record<string, string>> = { ImagePDQ: 'pdq', VideoMD5: 'md5' }
    const last = new Map(this.#records.map((record) => [`${record.signalType}:${record.hashValue}`, record]))
    return [...last.values()]
      .filter(
        ({ signalType, hashStatus }) => signalType in types && ['Active', 'Received'].includes(hashStatus),
      )
      .map(({ signalType, hashValue }) => `${types[signalType]}:${hashValue.toLowerCase()}`)
      .toSorted()
  }

  protected override answer(request: IncomingMessage, url: URL): Answer | undefined {
    const type = 'application/json'
    if (url.pathname !== '/api/FetchHashes') return undefined
    if (
      request.headers['x-functions-key'] !== KEYS.functionsKey ||
      request.headers['ocp-apim-subscription-key'] !== KEYS.subscriptionKey
    )
      return { status: 401, type, body: '{}' }
    const start = Number(url.searchParams.get('startTimestamp'))
    const skip = Number(url.searchParams.get('nextPageToken') ?? 0)
    // The start belongs to the range: its records come again.
    const all = this.#records.filter(({ lastModtimestamp }) => lastModtimestamp >= start)
    const page = all.slice(skip, skip + this.#pageSize)
    const hasMoreRecords = skip + page.length < all.length
    const answer = {
      count: page.length,
      nextPageToken: hasMoreRecords ? String(skip + page.length) : null,
      nextSetTimestamp: page.at(-1)?.lastModtimestamp ?? start,
      hasMoreRecords,
      aFieldOfTomorrow: { deep: [1] },
      hashRecords: page.map((record) => ({
        ...record,
        caseNumbers: [1_234],
        CSPFeedbacks: [{ feedbackValue: 'Deleted', tags: ['Withdrawn'], source: 'a platform' }],
        aFieldOfTomorrow: null,
      })),
    }
    const body = JSON.stringify(this.bend?.(answer) ?? answer)
    // Their numbers of cases exceed 2^53.
    return { type, body: body.replaceAll('[1234]', '[1234567890123456789]') }
  }
}
