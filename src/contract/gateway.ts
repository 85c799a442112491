// What platforms send to the gateway over HTTPS, and what it answers.
import { Type, type Static } from 'typebox'
import { Count } from './primitives.ts'
import { Report } from './report.ts'

/** Of one request: more reports, or more bytes once they are unpacked, are refused as a whole. */
export const GATEWAY_MAX_REPORTS = 10_000
export const GATEWAY_MAX_BYTES = 8 * 1024 * 1024
/** Errors that an answer names, at most. */
export const GATEWAY_MAX_ERRORS = 100

const strict = { additionalProperties: false } as const

/** A report as a platform sends it: the gateway knows by the credential who reports. */
export const SubmittedReport = Type.Object(
  { ...Report.properties, platform: Type.Optional(Report.properties.platform) },
  {
    ...strict,
    description:
      'The hashes of one file. No media, thumbnail or link. Of an image at most one hash of each type. `platform` follows from the credential: leave it out.',
  },
)

/** 202: every report of the request is in Kafka, on all replicas in sync. It says nothing of what the hashes match. */
export const GatewayAnswer = Type.Object(
  {
    accepted: { ...Count, description: 'Reports that this request brought in.' },
    repeated: {
      ...Count,
      description: 'Reports that were there already, with the same content, and were not written again.',
    },
  },
  strict,
)
export type GatewayAnswer = Static<typeof GatewayAnswer>

const GatewayError = Type.Object(
  {
    detail: Type.String({ description: 'The fault, in words. It never quotes a value.' }),
    pointer: Type.String({
      description:
        'Where: a JSON pointer (RFC 6901) into the body. The lines of NDJSON count as the elements of an array, from 0, blank ones left out.',
    }),
  },
  strict,
)
export type GatewayError = Static<typeof GatewayError>

/** RFC 9457. */
export const GatewayProblem = Type.Object(
  {
    type: Type.String({ description: '`urn:hashwarden:problem:` and a code of a closed list.' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(GatewayError, { minItems: 1, maxItems: GATEWAY_MAX_ERRORS })),
  },
  strict,
)
export type GatewayProblem = Static<typeof GatewayProblem>

interface ProblemKind {
  readonly status: number
  readonly title: string
}

/** What the gateway refuses, as a closed list. */
export const GATEWAY_PROBLEMS = {
  malformed: { status: 400, title: 'The body is not as the contract says: nothing of it was taken' },
  'bad-request': { status: 400, title: 'This is no request of HTTP that can be answered' },
  'not-permitted': { status: 401, title: 'A valid credential is needed' },
  'wrong-network': { status: 403, title: 'The credential may not be used from this network' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'wrong-method': { status: 405, title: 'This address does not take this method' },
  'too-slow': { status: 408, title: 'The request took too long to arrive' },
  'id-used': {
    status: 409,
    title: 'A reportId has been used with another content: nothing of the body was taken',
  },
  'too-large': {
    status: 413,
    title: `A request has at most ${GATEWAY_MAX_REPORTS} reports and ${GATEWAY_MAX_BYTES} bytes, unpacked`,
  },
  'unknown-type': {
    status: 415,
    title:
      'The body has to be application/json or application/x-ndjson, with content-encoding gzip, zstd or none',
  },
  'wrong-basis': {
    status: 422,
    title: 'This deployment does not take reports on this basis: nothing of the body was taken',
  },
  'too-many-requests': { status: 429, title: 'Too many reports or requests: send the rest later' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here: its log says what' },
  overloaded: { status: 503, title: 'The gateway has as much to do as it can hold: try again' },
  'credentials-away': { status: 503, title: 'Credentials can’t be checked now: try again' },
  'kafka-away': { status: 503, title: 'The reports can’t be stored now: try again' },
  stopping: { status: 503, title: 'This process is about to end: try again' },
} as const satisfies Readonly<Record<string, ProblemKind>>

export type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS

// The keys are those of GATEWAY_PROBLEMS.
export const GATEWAY_PROBLEM_CODES = Object.keys(GATEWAY_PROBLEMS) as readonly GatewayProblemCode[]

/** The problem as it is answered. */
export const gatewayProblem = (
  code: GatewayProblemCode,
  {
    detail,
    errors,
  }: { readonly detail?: string | undefined; readonly errors?: readonly GatewayError[] } = {},
): GatewayProblem => ({
  type: `urn:hashwarden:problem:${code}`,
  title: GATEWAY_PROBLEMS[code].title,
  status: GATEWAY_PROBLEMS[code].status,
  ...(detail === undefined ? {} : { detail }),
  ...(errors === undefined || errors.length === 0 ? {} : { errors: errors.slice(0, GATEWAY_MAX_ERRORS) }),
})
