// Feedback to NCMEC's hash sharing API: our vote on one hash of one entry, with a reason if it is negative.
import { SaxesParser } from 'saxes'
import type { HashType } from '../../hash/hash-type.ts'
import type { Cause } from './judgements.ts'
import type { SendVote } from './send-feedback.ts'
import type { Vote } from './votes.ts'

/** How the server is asked: a path below the base, which ends before /v2. Throws if it is away or refuses us. */
export type AskServer = (
  request: { readonly method: 'GET' | 'PUT'; readonly path: string; readonly body?: string },
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>

/**
 * NCMEC spells each type in three ways. In addresses as here; the tag in lists is lower case (`md5`), and the attribute
 * `type` of reasons is capitalised (`Md5`). Of the others that we match it has none.
 */
const ENDPOINT_TYPES: Partial<Record<HashType, string>> = { md5: 'MD5', sha1: 'SHA1', pdq: 'PDQ' }

const NAMESPACE = 'https://hashsharing.ncmec.org/hashsharing/v2'

/** By cause, the name of NCMEC's reason. */
export type ReasonNames = Partial<Record<Exclude<Cause, 'confirmed'>, string>>

/** No reason of NCMEC's is named for a negative vote. The message lists those that there are. */
export class FeedbackReasonError extends Error {
  readonly code = 'FEEDBACK_REASON'
  override readonly name = 'FeedbackReasonError'
}

/** The server's answer can't be used. */
export class FeedbackAnswerError extends Error {
  readonly code = 'FEEDBACK_ANSWER'
  override readonly name = 'FeedbackAnswerError'
}

interface Reason {
  readonly guid: string
  readonly name: string
}

/** Votes by this API. Reasons are asked for once, by type: their guids differ between the environments of NCMEC. */
export function ncmecVotes(ask: AskServer, names: ReasonNames): SendVote {
  const reasons = new Map<string, readonly Reason[]>()
  const reasonsOf = async (type: string, signal: AbortSignal): Promise<readonly Reason[]> => {
    const known = reasons.get(type)
    if (known) return known
    const { status, text } = await ask({ method: 'GET', path: `/v2/feedback/${type}/reasons` }, signal)
    if (status !== 200)
      throw new FeedbackAnswerError(`The server gives no reasons for ${type} (status ${status}).`)
    const read = readReasons(text, type)
    reasons.set(type, read)
    return read
  }
  return async (vote, signal) => {
    const type = ENDPOINT_TYPES[vote.type]
    if (type === undefined) return 'no-such-type'
    const place = /^(\d{1,18})\/(.+)$/.exec(vote.sourceId)
    // `#`: the id was too long to be kept.
    if (place === null || place[2].startsWith('#')) return 'no-such-id'
    const path = `/v2/entries/${place[1]}/${encodeURIComponent(place[2])}/${type}/feedback`
    const body = bodyOf(
      vote.sentiment === 'affirmative'
        ? undefined
        : reasonFor(vote, type, await reasonsOf(type, signal), names),
    )
    const { status } = await ask({ method: 'PUT', path, body }, signal)
    if (status >= 200 && status < 300) return 'taken'
    return status === 404 || status === 410 ? 'entry-gone' : 'refused'
  }
}

function reasonFor({ cause }: Vote, type: string, reasons: readonly Reason[], names: ReasonNames): Reason {
  const name = cause === 'confirmed' ? undefined : names[cause]
  const [only] = reasons.length === 1 ? reasons : []
  const reason =
    name === undefined ? only : reasons.find((one) => one.name.toLowerCase() === name.toLowerCase())
  if (reason) return reason
  const there = reasons.map((one) => `“${one.name}”`).join(', ') || 'none'
  throw new FeedbackReasonError(
    `${name === undefined ? `No reason is named for ${cause}` : `The server has no reason of the name that is set for ${cause}`}: those for ${type} are ${there}. Name one.`,
  )
}

function bodyOf(reason: Reason | undefined): string {
  const vote =
    reason === undefined
      ? '<affirmative/>'
      : `<negative><reasonIds><guid>${escaped(reason.guid)}</guid></reasonIds></negative>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<feedbackSubmission xmlns="${NAMESPACE}">${vote}</feedbackSubmission>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A spelling of a type without what differs between the three. */
const plain = (type: string): string => type.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** The reasons of a page that are for this type, or that name none. */
function readReasons(text: string, type: string): readonly Reason[] {
  const reasons: Reason[] = []
  const parser = new SaxesParser({ xmlns: false })
  parser.on('doctype', () => {
    throw new FeedbackAnswerError('The server’s reasons have a DOCTYPE: they are not read.')
  })
  parser.on('opentag', ({ name, attributes }) => {
    const { guid, name: words, type: of } = attributes
    if (name.replace(/^.*:/, '') !== 'reason' || guid === undefined || words === undefined) return
    if (of === undefined || plain(of) === plain(type)) reasons.push({ guid, name: words.trim() })
  })
  try {
    parser.write(text).close()
  } catch (error) {
    if (error instanceof FeedbackAnswerError) throw error
    // The parser's own message quotes the page.
    throw new FeedbackAnswerError('The server’s reasons are no well-formed XML.', { cause: undefined })
  }
  return reasons
}
