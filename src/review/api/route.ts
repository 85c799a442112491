// One route of the API: what it takes and answers as schemas, who may use it, and what it does. The server and the OpenAPI
// document are both made from it.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import type { Static, TSchema, TUnknown } from 'typebox'
import type { ProblemCode } from '../problems.ts'
import type { Right } from '../rights.ts'
import type { Identity } from './identity.ts'

/** One right of the list is enough. What it permits on a certain case, the case decides. */
export type Access = 'public' | 'signed-in' | readonly [Right, ...Right[]]

interface Asked<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Throws ReviewProblem where the route is public and no person has signed in. */
  readonly identity: Identity
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Nothing, where 204 is an answer; a stream of events. */
type Handled<Answer> = Answer | Readable | void

export interface Route<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Answer extends TSchema = TSchema,
> {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** As Fastify writes it: `/api/cases/:caseId`. */
  readonly path: `/api/${string}`
  /** Its name in OpenAPI, from which clients make the names of functions. */
  readonly name: string
  readonly summary: string
  readonly access: Access
  readonly params?: Params
  readonly query?: Query
  /** Left out: the body is empty or an empty object. */
  readonly body?: Body
  /** Left out: 204 without a body. */
  readonly answer?: Answer
  /** In place of an answer: the handler returns a stream of these events. */
  readonly events?: TSchema
  /** It may answer 204, too: there is nothing. */
  readonly mayBeEmpty?: true
  /** What it refuses besides what every route does. */
  readonly problems?: readonly ProblemCode[]
  /** Requests of one person in a minute, if fewer than of other routes. */
  readonly perMinute?: number
  handle(
    asked: Asked<Static<Params>, Static<Query>, Static<Body>>,
  ): Handled<Static<Answer>> | Promise<Handled<Static<Answer>>>
}

/** For the types: those of the handler follow from the schemas. */
export const route = <
  Params extends TSchema = TUnknown,
  Query extends TSchema = TUnknown,
  Body extends TSchema = TUnknown,
  Answer extends TSchema = TUnknown,
>(
  spec: Route<Params, Query, Body, Answer>,
): Route => spec
