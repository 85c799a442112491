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

/** Problems of the gateway that speak of the content. */
const OF_CONTENT = new Set(['malformed', 'id-used', 'too-large', 'wrong-basis'])
const CODE = /^urn:hashwarden:problem:(.*)$/

export function outcomeOf({ status, body }: PostAnswer, count: number): Outcome {
  const fields = Object(body) as Readonly<Record<string, unknown>>
  const title = textOf(fields['title']) ?? `status ${status}`
  if (status === 202) {
    const { accepted, repeated } = fields
    if (Number(accepted) + Number(repeated) === count)
      return { kind: 'accepted', accepted: Number(accepted), repeated: Number(repeated) }
    return { kind: 'later', reason: 'the acknowledgement counts other reports than were sent' }
  }
  const code = CODE.exec(textOf(fields['type']) ?? '')?.[1]
  // A proxy between here and the gateway may take less than the gateway does: half of it may pass.
  if (status === 413 && count > 1) return { kind: 'unclear', detail: title }
  if (code === undefined)
    return { kind: 'later', reason: `status ${status}, which is no answer of a gateway` }
  if (!OF_CONTENT.has(code)) return { kind: 'later', reason: title }
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
