// Why a source could not be read: a closed set of codes, and a sentence for an operator that quotes nothing of an answer.

export type SourceErrorCode =
  | 'unreachable'
  | 'too-slow'
  | 'refused'
  | 'busy'
  | 'server-error'
  | 'unexpected-answer'
  | 'redirected'
  | 'too-large'
  | 'corrupt-page'
  | 'bad-paging'
  | 'damaged-list'
  | 'credentials'
  | 'not-there'
  | 'clock'
  | 'removals-withheld'
  | 'other'

/** Why a list is in trouble, as its state and the process's status name it. */
export type SourceProblem = SourceErrorCode | 'change-refused' | 'records-refused' | 'state-unreadable'

/** Codes of pages that came and can't be used. The checkpoint stays: skipping one would lose its hashes. */
export const REFUSED_PAGE_CODES = ['corrupt-page', 'bad-paging', 'too-large', 'damaged-list'] as const

/** The source could not be read to its end. Nothing is lost: the same range is read again. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly code: SourceErrorCode
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(code: SourceErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

export const corruptPage = (problem: string): SourceError =>
  new SourceError(
    'corrupt-page',
    `The server answered with a page that can't be read: ${problem}. It is asked again, and nothing is skipped; if this lasts, tell the people who run the list.`,
  )

export const badPaging = (problem: string): SourceError =>
  new SourceError(
    'bad-paging',
    `The server's paging can't be followed: ${problem}. The range is read again from its beginning; if this lasts, tell the people who run the list.`,
  )
