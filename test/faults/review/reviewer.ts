// A made-up person who reviews through the API, whatever is killed meanwhile: leases, decides on some hits or all, undoes.
import { setTimeout as sleep } from 'node:timers/promises'
import { evidenceOfAll, VERDICTS, type Verdict } from '../../../src/contract/decision.ts'
import type { CaseView, DecidedView, LeaseView } from '../../../src/contract/review.ts'
import type { Random } from '../../../src/sample/random-hash.ts'

const PAUSE_MS = 20
const UNDO_SHARE = 0.1
const SOME_SHARE = 0.3
const SKIP_SHARE = 0.05
/** Nothing in the run asks for a second opinion: a decision stands at once. */
const CHOICE: readonly Verdict[] = VERDICTS.filter((verdict) => verdict !== 'needs-second')

/** What the service has acknowledged to this person. */
export interface Acknowledged {
  /** By the id that names a set of decisions: the hits that were decided on. */
  readonly decided: ReadonlyMap<string, readonly string[]>
  readonly undone: ReadonlySet<string>
  /** Decisions whose answer was lost: they may be there or not. */
  readonly unknown: number
  readonly leases: number
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

export class MadeUpReviewer {
  readonly #name: string
  readonly #random: Random
  /** Where the service is reached now; undefined while no process serves. */
  readonly #url: () => string | undefined
  readonly #decided = new Map<string, readonly string[]>()
  readonly #undone = new Set<string>()
  #unknown = 0
  #leases = 0
  #cookie: string | undefined

  constructor(name: string, random: Random, url: () => string | undefined) {
    this.#name = name
    this.#random = random
    this.#url = url
  }

  get acknowledged(): Acknowledged {
    return { decided: this.#decided, undone: this.#undone, unknown: this.#unknown, leases: this.#leases }
  }

  /** Works until the signal aborts. Refusals and lost answers are what happens to a person: it goes on with the next case. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#workOnNext().catch(() => {})
      await sleep(PAUSE_MS)
    }
  }

  async #workOnNext(): Promise<void> {
    const lease = await this.#ask('POST', '/api/leases', {})
    if (lease.status !== 200) return
    this.#leases++
    // The contract's: the service checks its answers against it.
    const { caseId, token } = lease.body as LeaseView
    const read = await this.#ask('GET', `/api/cases/${caseId}`)
    if (read.status !== 200) return
    const { hits } = read.body as CaseView
    const waiting = hits.filter(({ isWaiting }) => isWaiting)
    if (this.#random() < SKIP_SHARE) {
      await this.#ask('POST', `/api/cases/${caseId}/skip`, { token, reason: 'not now' })
      return
    }
    const some = this.#random() < SOME_SHARE ? waiting.filter(() => this.#random() < 0.5) : waiting
    if (some.length > 0) await this.#decide(caseId, token, some)
  }

  async #decide(caseId: string, token: number, hits: CaseView['hits']): Promise<void> {
    const named = hits.map(({ hit: { hitId }, evidence }) => ({ hitId, evidence }))
    const verdict = CHOICE[Math.floor(this.#random() * CHOICE.length)]
    const body = {
      token,
      evidence: evidenceOfAll(named),
      hitIds: named.map(({ hitId }) => hitId),
      verdict,
      reason: 'by a test',
      note: '',
    }
    const answer = await this.#ask('POST', `/api/cases/${caseId}/decisions`, body).catch((error: unknown) => {
      this.#unknown++
      throw error
    })
    if (answer.status >= 500) this.#unknown++
    if (answer.status !== 200) return
    const { undoId } = answer.body as DecidedView
    this.#decided.set(undoId, body.hitIds)
    if (this.#random() >= UNDO_SHARE) return
    const undone = await this.#ask('POST', `/api/verdicts/${undoId}/undo`, {}).catch(() => ({ status: 0 }))
    if (undone.status === 200) this.#undone.add(undoId)
    // It may be undone or not.
    else if (undone.status === 0 || undone.status >= 500) this.#decided.delete(undoId)
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = this.#url()
    if (url === undefined) throw new Error('No process serves now.')
    this.#cookie ??= await signIn(url, this.#name)
    const response = await fetch(url + path, {
      method,
      headers: {
        cookie: this.#cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    if (response.status === 401) this.#cookie = undefined
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

async function signIn(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/sign-in/development`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, role: 'reviewer' }),
  })
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .find((pair) => pair.startsWith('__Host-hashwarden-session='))
  if (cookie === undefined) throw new Error(`Signing in answered ${response.status}.`)
  return cookie
}
