// Sends wrong requests to a gateway, many at a time, and counts the answers.
import { sendRaw, statusesIn } from './raw-requests.ts'
import { wrongRequest } from './wrong-requests.ts'

/** Requests under way at a time. */
const AT_ONCE = 16
/** What a wrong request may be answered with. 202: chance has made a right one. */
const EXPECTED: ReadonlySet<number> = new Set([202, 400, 401, 404, 405, 408, 409, 413, 415, 417, 431, 503])

export interface WrongTraffic {
  /** Answers by status; 0: the connection was closed without one. */
  readonly statuses: Readonly<Record<number, number>>
  /** Statuses that no request may get, and answers that are no problem. */
  readonly unexpected: readonly string[]
  /** Reports that were acknowledged as brought in. */
  readonly accepted: number
  /** Requests of well-formed HTTP, of at most 4 reports each, whose connection broke off: of these the log may have more. */
  readonly unanswered: number
}

export async function sendWrong(
  { url, key }: { readonly url: string; readonly key: string },
  requests: number,
  random: () => number,
): Promise<WrongTraffic> {
  const statuses: Record<number, number> = {}
  const unexpected: string[] = []
  let left = requests
  let accepted = 0
  let unanswered = 0
  const note = (status: number, isProblem: boolean): void => {
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status !== 0 && (!EXPECTED.has(status) || !isProblem)) unexpected.push(String(status))
  }
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const asked = wrongRequest(random, key)
      if ('raw' in asked) {
        const text = await sendRaw(url, asked.raw, { quietMs: 20, withinMs: 200 })
        for (const status of statusesIn(text)) note(status, true)
        if (text === '') note(0, true)
        continue
      }
      const { headers, body } = asked
      try {
        const answer = await fetch(`${url}/v1/reports`, { method: 'POST', headers, body })
        const type = answer.headers.get('content-type') ?? ''
        const text = await answer.text()
        if (answer.status === 202) accepted += JSON.parse(text).accepted
        note(answer.status, answer.status === 202 || type.startsWith('application/problem+json'))
      } catch {
        // A connection that was closed while the body was being sent.
        unanswered++
        note(0, true)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return { statuses, unexpected: [...new Set(unexpected)], accepted, unanswered }
}
