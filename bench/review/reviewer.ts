// One reviewer as an HTTP client: signs in for development, leases, reads, pauses, decides, searches.
import type { CaseView, DecideBody, LeaseView, SearchBody } from '../../src/contract/review.ts'
import { pause } from '../../src/waiting/pause.ts'

/** Milliseconds from a request to its whole answer. */
export interface Latencies {
  readonly lease: number[]
  readonly case: number[]
  readonly search: number[]
  readonly decision: number[]
}

const SEARCH_EVERY = 5

export class ReviewerAtWork {
  static readonly PAUSE_MS = 1_000
  readonly #url: string
  readonly #name: string
  readonly #number: number
  #cookie = ''
  #cases = 0

  constructor(url: string, name: string, number: number) {
    this.#url = url.replace(/\/$/, '')
    this.#name = name
    this.#number = number
  }

  async signIn(): Promise<void> {
    const answer = await this.#ask('/sign-in/development', { name: this.#name, role: 'reviewer' })
    this.#cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  /** Until the signal aborts. Adds each case that it got to `leased`. */
  async work(signal: AbortSignal, latencies: Latencies, leased: string[]): Promise<void> {
    // Not all in step.
    await pause((ReviewerAtWork.PAUSE_MS * this.#number) / 20, signal)
    while (!signal.aborted) {
      const lease = await this.#timed<LeaseView>(latencies.lease, '/api/leases', {})
      leased.push(lease.caseId)
      const view = await this.#timed<CaseView>(latencies.case, `/api/cases/${lease.caseId}`)
      await pause(ReviewerAtWork.PAUSE_MS)
      const body: DecideBody = {
        token: lease.token,
        evidence: view.evidence,
        verdict: this.#cases % 3 === 0 ? 'insufficient' : 'refer',
        reason: 'As shown.',
        note: '',
      }
      await this.#timed(latencies.decision, `/api/cases/${lease.caseId}/decisions`, body)
      this.#cases += 1
      if (this.#cases % SEARCH_EVERY === 0)
        await this.#timed(latencies.search, '/api/search', this.#searchOf(view))
    }
  }

  /** Each kind in turn, of what the case shows. */
  #searchOf({ hits }: CaseView): SearchBody {
    const [{ hit }] = hits
    const [match] = hit.matches
    const [entry] = match.known
    const searches: readonly SearchBody[] = [
      { kind: 'hitId', value: hit.hitId },
      { kind: 'reportId', value: hit.report.reportId },
      { kind: 'contentRef', value: hit.report.contentRef },
      { kind: 'actorRef', value: hit.report.actorRef ?? 'none' },
      { kind: 'knownEntry', value: `${entry.source}/${entry.sourceId}` },
      { kind: 'hashValue', value: match.value },
    ]
    return searches[(this.#cases / SEARCH_EVERY) % searches.length]
  }

  async #timed<T>(latencies: number[], path: string, body?: object): Promise<T> {
    const began = performance.now()
    const answer = await this.#ask(path, body)
    // What the OpenAPI document says of this path.
    const value = (await answer.json()) as T
    latencies.push(performance.now() - began)
    return value
  }

  async #ask(path: string, body?: object): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie: this.#cookie, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path.replaceAll(/\d+/g, 'n')} answered ${answer.status}.`)
    return answer
  }
}
