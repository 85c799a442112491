// Every error becomes an answer of RFC 9457: a closed list of codes, and never a word of the request or of the store.
import type { FastifyReply } from 'fastify'
import type { Problem } from '../../contract/review.ts'
import type { Rejection } from '../../contract/rejection.ts'
import { sendProblem } from '../../http/problem-answer.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'
import type { Logger } from '../../telemetry/log.ts'
import { ReviewProblem, type ProblemCode } from '../problems.ts'
import { isStoreAway } from '../store/store-away.ts'

const RETRY_SECONDS = 2
/** Limits are per minute. */
const TOO_MANY_RETRY_SECONDS = 60

/** An answer that is not as the contract has it. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'

  constructor(why: Rejection) {
    super(`The answer is not as the contract has it: ${why.toString()}`)
  }
}

const problemOf = ({ code, status, title, detail }: ReviewProblem): Problem => ({
  type: `urn:hashwarden:problem:${code}`,
  title,
  status,
  code,
  ...(detail === undefined ? {} : { detail }),
})

export function answerProblem(reply: FastifyReply, problem: ReviewProblem): FastifyReply {
  if (problem.code === 'unavailable') reply.header('retry-after', RETRY_SECONDS)
  if (problem.code === 'too-many-requests' && !reply.hasHeader('retry-after'))
    reply.header('retry-after', TOO_MANY_RETRY_SECONDS)
  if (problem.code === 'not-signed-in') reply.header('www-authenticate', 'Bearer')
  return sendProblem(reply, problemOf(problem))
}

/** Of any error that a route ends with. An unexpected one is logged, without its message, which may quote a value. */
export function asProblem(error: unknown, logger: Logger, route: string): ReviewProblem {
  if (error instanceof ReviewProblem) return error
  if (isStoreAway(error)) return new ReviewProblem('unavailable')
  const code = ofClient(error)
  if (code !== undefined) return new ReviewProblem(code)
  const why = error instanceof AnswerError ? { why: error.message } : {}
  logger.error({ route, ...why, ...traceOf(error) }, 'A request to the review service failed')
  return new ReviewProblem('internal')
}

/** What the framework refuses before a route sees it, and texts that PostgreSQL can't store (class 22). */
function ofClient(error: unknown): ProblemCode | undefined {
  if (!(error instanceof Error)) return undefined
  const code: unknown = 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'too-large'
  if (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code)) return 'invalid'
  const status: unknown = 'statusCode' in error ? error.statusCode : undefined
  if (status === 404) return 'not-found'
  return typeof status === 'number' && status >= 400 && status < 500 ? 'invalid' : undefined
}

/** The kind of an error and where it was thrown. */
function traceOf(error: unknown): { readonly error: string; readonly at: readonly string[] } {
  const { stack = '' } = error instanceof Error ? error : {}
  const at = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return { error: errorSummary(error), at: at.slice(0, 8).map((line) => line.trim()) }
}
