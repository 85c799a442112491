// What an answer of the gateway means for the reports of its request.
import type { PostAnswer } from './post.ts'

export type Outcome =
  | { readonly kind: 'accepted'; readonly accepted: number; readonly repeated: number }
  /** These can't be taken as they are; the others can be sent again at once. */
  | { readonly kind: 'rejected'; readonly reports: readonly BadReport[] }
  /** Some can't be taken, and the answer doesn't say which. */
  | { readonly kind: 'unclear'; readonly detail: string }
  /** Nothing is known to be wrong with them. */
  | { readonly kind: 'later'; readonly reason: string }

export interface BadReport {
  /** Its place in the request, from 0 on. */
  readonly at: number
  readonly detail: string
}

/** Statuses that speak of the content. */
const OF_CONTENT = new Set([400, 409, 413, 422])

export function outcomeOf({ status, body }: PostAnswer, count: number): Outcome {
  const fields = Object(body) as Readonly<Record<string, unknown>>
  const title = textOf(fields['title']) ?? `status ${status}`
  if (status === 202) {
    const { accepted, repeated } = fields
    if (Number(accepted) + Number(repeated) === count)
      return { kind: 'accepted', accepted: Number(accepted), repeated: Number(repeated) }
    return { kind: 'later', reason: 'the acknowledgement counts other reports than were sent' }
  }
  if (!OF_CONTENT.has(status)) return { kind: 'later', reason: title }
  // Somebody else's answer: a proxy's, for example.
  if (textOf(fields['type'])?.startsWith('urn:hashwarden:problem:') !== true)
    return { kind: 'later', reason: `status ${status}, which is no answer of a gateway` }
  const reports = badReports(fields['errors'], count)
  return reports.length > 0
    ? { kind: 'rejected', reports }
    : { kind: 'unclear', detail: textOf(fields['detail']) ?? title }
}

/** Those that pointers name, each once. */
function badReports(errors: unknown, count: number): readonly BadReport[] {
  const bad = new Map<number, string>()
  for (const error of Array.isArray(errors) ? errors : []) {
    const { pointer, detail } = Object(error) as Readonly<Record<string, unknown>>
    const place = /^\/(\d{1,6})(?:\/|$)/.exec(textOf(pointer) ?? '')?.[1]
    const at = Number(place)
    if (place !== undefined && at < count && !bad.has(at)) bad.set(at, textOf(detail) ?? 'it can’t be taken')
  }
  return [...bad].map(([at, detail]) => ({ at, detail }))
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
