// What the review service refuses, as a closed list: each with its HTTP status and words for the person who reads them.

export const PROBLEMS = {
  'not-signed-in': { status: 401, title: 'Sign in first' },
  'not-permitted': { status: 403, title: 'Your roles do not permit this' },
  'not-found': { status: 404, title: 'There is no such thing, or you may not see it' },
  'lease-lost': { status: 409, title: 'You no longer hold this case' },
  'evidence-changed': { status: 409, title: 'The evidence has changed since you saw it' },
  'already-decided': { status: 409, title: 'It is decided already' },
  'already-leased': { status: 409, title: 'Somebody else holds this case' },
  'undo-too-late': { status: 409, title: 'It is too late to undo this: correct it instead' },
  'own-opinion': { status: 409, title: 'You have given your opinion on this case already' },
  'not-decided': { status: 409, title: 'It is not decided yet' },
  invalid: { status: 400, title: 'The request is not as it should be' },
  'too-large': { status: 413, title: 'The request is too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'cross-site': { status: 403, title: 'The request came from another site' },
  internal: { status: 500, title: 'Something went wrong here: its log says what' },
  'kafka-unavailable': { status: 503, title: 'Kafka does not answer this now, or refuses it' },
  unavailable: { status: 503, title: 'The review store cannot be reached now' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** A refusal with its reason. `detail` is in words for the person, and holds no hash value, reference or identity. */
export class ReviewProblem extends Error {
  override readonly name = 'ReviewProblem'
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly detail: string | undefined

  constructor(code: ProblemCode, detail?: string) {
    const { status, title } = PROBLEMS[code]
    super(detail === undefined ? title : `${title}: ${detail}`)
    this.code = code
    this.status = status
    this.title = title
    this.detail = detail
  }
}
