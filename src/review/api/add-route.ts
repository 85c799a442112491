// Puts a route onto the server: rights, checks of what comes and of what goes, JSON.
import { Buffer } from 'node:buffer'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { explain } from '../../contract/rejection.ts'
import { ReviewProblem, type ProblemCode } from '../problems.ts'
import { may } from '../rights.ts'
import type { Identity } from './identity.ts'
import { AnswerError } from './problem-answer.ts'
import type { Access, Route } from './route.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a route of the API is reached; undefined: no person has signed in. */
    identity: Identity | undefined
  }
}

export function addRoute(server: FastifyInstance, route: Route): void {
  const { method, path, access, answer, events, mayBeEmpty, perMinute } = route
  const checkParams = checkOf(route.params, 'not-found')
  const checkQuery = queryCheckOf(route.query)
  const checkBody = route.body ? checkOf(route.body, 'invalid') : checkEmpty
  const print = printerOf(answer)
  server.route({
    method,
    url: path,
    ...(perMinute === undefined ? {} : { config: { rateLimit: { max: perMinute } } }),
    preValidation: async (request) => {
      demand(access, request)
    },
    handler: async (request, reply) => {
      const result: unknown = await route.handle({
        params: checkParams(request.params),
        query: checkQuery(request.query),
        body: checkBody(request.body),
        get identity() {
          return signedIn(request)
        },
        request,
        reply,
      })
      reply.header('cache-control', 'no-store')
      if (events && result instanceof Readable) return reply.type('text/event-stream').send(result)
      if (answer === undefined || (mayBeEmpty && result === undefined)) return reply.code(204).send()
      return reply.type('application/json; charset=utf-8').send(print(result))
    },
  })
}

function demand(access: Access, request: FastifyRequest): void {
  if (access === 'public') return
  const { person } = signedIn(request)
  if (access !== 'signed-in' && !access.some((right) => may(person, right)))
    throw new ReviewProblem('not-permitted')
}

function signedIn({ identity }: FastifyRequest): Identity {
  if (identity) return identity
  throw new ReviewProblem('not-signed-in')
}

type Check = (value: unknown) => unknown

/** The check of a value, which throws a problem that names the place and the rule, never the value. */
function checkOf(schema: TSchema | undefined, code: ProblemCode): Check {
  if (schema === undefined) return () => ({})
  const validator = Compile(schema)
  return (value) => {
    if (validator.Check(value)) return value
    throw new ReviewProblem(code, code === 'invalid' ? explain(validator, value).toString() : undefined)
  }
}

/** Values of a query are texts: those that the schema wants as numbers are converted. */
function queryCheckOf(schema: TSchema | undefined): Check {
  const check = checkOf(schema, 'invalid')
  return (value) => check(schema === undefined ? value : Value.Convert(schema, { ...Object(value) }))
}

function checkEmpty(body: unknown): unknown {
  if (body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0))
    return {}
  throw new ReviewProblem('invalid', 'It takes no body')
}

/** What isn't as the contract has it is never sent: a field too many could be one that the person may not see. */
function printerOf(schema: TSchema | undefined): (value: unknown) => Buffer {
  const validator = Compile(schema ?? {})
  return (value) => {
    if (!validator.Check(value)) throw new AnswerError(explain(validator, value))
    return Buffer.from(JSON.stringify(value))
  }
}
