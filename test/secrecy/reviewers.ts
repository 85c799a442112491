// People at the review service's API: one works, one may not, and one is hostile. What they are answered is kept.
import type { CaseView, LeaseView } from '../../src/contract/review.ts'
import { SESSION_COOKIE } from '../../src/review/api/identity.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Visitor } from '../review/sign-in/visitor.ts'
import type { Document } from '../review/api/hostile-requests.ts'
import type { Marks } from './marks.ts'
import { NOTE, REASON, REFERENCES, VALUES } from './planted.ts'
import type { Said } from './said.ts'
import type { System } from './system.ts'

const AT_ONCE = 8

interface Asked {
  readonly cookie?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Somebody at the API. */
export class Api {
  readonly #url: string
  readonly #said: Said

  constructor({ review }: System, said: Said) {
    this.#url = review.url
    this.#said = said
  }

  /** A request that an honest client makes: its address must tell nothing, and so must the head of its answer. */
  async ask(
    method: string,
    path: string,
    asked: Asked = {},
  ): Promise<{ readonly status: number; readonly json: unknown }> {
    this.#said.add('addresses of requests', path)
    const { status, text } = await this.#send(method, path, asked)
    return { status, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined }
  }

  /** A request that is meant to fail: it may hold anything, and the answer nothing of it. */
  async attack(method: string, path: string, asked: Asked = {}): Promise<number> {
    const { status } = await this.#send(method, path, asked)
    return status
  }

  async #send(method: string, path: string, { cookie, body, headers = {} }: Asked) {
    const send = () =>
      fetch(new URL(path, this.#url), {
        method,
        redirect: 'manual',
        headers: {
          ...headers,
          ...(cookie === undefined ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
    // A connection that was idle may be closed while it is taken again.
    const answer = await send().catch(send)
    const text = await answer.text()
    const head = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    this.#said.add('heads of answers', JSON.stringify(head))
    if (answer.status >= 400) this.#said.add(`errors ${answer.status}`, text)
    return { status: answer.status, text }
  }
}

/** Signs in by the provider. The cookie and all codes on the way become marks. */
export async function signIn(
  { review }: System,
  subject: string,
  marks: Marks,
): Promise<{ readonly cookie: string; readonly way: readonly string[] }> {
  const visitor = new Visitor()
  const form = await visitor.visit(`${review.url}/sign-in/provider?return=/`)
  const { way } = await visitor.visit(form.url, { sub: subject })
  const session = visitor.cookies(review.url).get(SESSION_COOKIE)
  if (session === undefined) throw new Error('Nobody is signed in')
  marks.text(`the session of ${subject}`, session)
  for (const address of [...form.way, ...way]) {
    for (const name of ['code', 'state', 'nonce']) {
      const value = new URL(address).searchParams.get(name)
      if (value !== null) marks.text(`the ${name} of a sign-in`, value)
    }
  }
  return { cookie: visitor.cookieHeader(review.url), way: [...form.way, ...way] }
}

/** A whole day: a case is taken, read, exported, decided, corrected; and what may not be done is tried. */
export async function work(api: Api, cookie: string, cookieOfOther: string): Promise<void> {
  const post = (path: string, body: unknown, of = cookie) => api.ask('POST', path, { cookie: of, body })
  // Answers are as the contract has them: the service checks each one.
  let lease: LeaseView | undefined
  await eventually(async () => {
    const { status, json } = await post('/api/leases', {})
    lease = json as LeaseView
    return status === 200
  })
  if (lease === undefined) throw new Error('There is no case')
  const { caseId, token } = lease
  const view = (await api.ask('GET', `/api/cases/${caseId}`, { cookie })).json as CaseView
  const { hitId } = view.hits[0].hit
  for (const reference of ['contentRef', 'actorRef', 'reportId'])
    await post(`/api/hits/${hitId}/reference`, { reference })
  for (const [kind, value] of [
    ['hashValue', VALUES.pdq[1]],
    ['actorRef', REFERENCES.actorRef],
    ['contentRef', REFERENCES.contentRef],
    ['reportId', REFERENCES.reportId],
    ['cybertipId', REFERENCES.cybertipId],
    ['knownEntry', `example-list/${REFERENCES.sourceId}`],
  ])
    await post('/api/search', { kind, value })
  await api.ask('GET', `/api/cases/${caseId}/related`, { cookie })
  await post('/api/known-entries', { source: 'example-list', sourceId: REFERENCES.sourceId })
  await post('/api/known-entries/suspect', {
    source: 'example-list',
    sourceId: REFERENCES.sourceId,
    reason: REASON,
  })
  for (const format of ['cybertip-json', 'vics-json']) await post(`/api/cases/${caseId}/export`, { format })
  const decision = { token, evidence: view.evidence, verdict: 'refer', reason: REASON, note: NOTE }
  await post(`/api/cases/${caseId}/decisions`, { ...decision, evidence: 'ab'.repeat(32) })
  await post(`/api/cases/${caseId}/decisions`, { ...decision, token: token + 7 })
  await post(`/api/cases/${caseId}/decisions`, { ...decision, reason: VALUES.pdq[1].repeat(20) })
  for (const path of [`/api/cases/${caseId}/lease`, `/api/hits/${hitId}/reference`, '/api/audit'])
    await post(path, {}, cookieOfOther)
  await post(`/api/cases/${caseId}/decisions`, decision)
  await api.ask('GET', '/api/me', { cookie })
}

/** Every route gets planted values wherever a request has room for them. */
export async function attackAll(api: Api, cookie: string): Promise<void> {
  // The document of the service itself.
  const { paths } = (await api.ask('GET', '/api/openapi.json', { cookie })).json as Document
  const planted = [VALUES.pdq[1], REFERENCES.contentRef, REFERENCES.actorRef, NOTE].map(encodeURIComponent)
  const attacks: (() => Promise<number>)[] = []
  for (const [template, methods] of Object.entries(paths)) {
    for (const [name, { parameters = [] }] of Object.entries(methods)) {
      const method = name.toUpperCase()
      if (template === '/api/events' || template === '/api/sign-out') continue
      const path = (value: string): string => template.replaceAll(/\{\w+\}/g, value)
      const body = method === 'GET' ? {} : { body: { [REFERENCES.field]: VALUES.pdq[1], value: NOTE } }
      for (const value of planted) {
        attacks.push(() => api.attack(method, `${path(value)}?${value}=${value}`, { cookie, ...body }))
        for (const { name: parameter } of parameters.filter((one) => one.in === 'query'))
          attacks.push(() => api.attack(method, `${path('1')}?${parameter}=${value}`, { cookie, ...body }))
      }
      if (method !== 'GET')
        attacks.push(() =>
          api.attack(method, path('1'), { cookie, body: `{"${VALUES.pdq[1]}":"${REFERENCES.actorRef}` }),
        )
    }
  }
  for (const path of [
    `/${planted[0]}`,
    `/sign-in/callback?code=${planted[1]}&state=${planted[0]}`,
    `/api/${planted[0]}%`,
  ])
    attacks.push(() => api.attack('GET', path, { cookie, headers: { 'x-forwarded-for': VALUES.pdq[1] } }))
  const waiting = attacks.values()
  const worker = async (): Promise<void> => {
    for (const attack of waiting) await attack()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Until the service answers that it was too often. */
export async function tryTooOften(api: Api): Promise<void> {
  let [round, isOver] = [0, false]
  const worker = async (): Promise<void> => {
    while (!isOver) {
      const secret = `${VALUES.pdq[1]}${REFERENCES.actorRef}${round++}`
      const status = await api.attack('GET', '/api/me', { headers: { authorization: `Bearer ${secret}` } })
      isOver ||= status === 429
      if (round > 2_000) throw new Error('There is no limit')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
