// The room `http` is what our HTTP servers have in common: answers of RFC 9457, headers that keep an answer safe, figures of
// requests, a certificate that is renewed in place. This file: an error as it is answered.
import type { FastifyReply } from 'fastify'

/** What every problem of RFC 9457 has. A server may add fields of its own. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
}

export const PROBLEM_TYPE = 'application/problem+json'

/** Answers with the problem and its status. Nothing may keep it: the next answer can be another. */
export const sendProblem = (reply: FastifyReply, problem: ProblemDetails): FastifyReply =>
  reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem))
