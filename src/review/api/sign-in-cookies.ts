// The cookies of sign-ins that have begun: one for each, so that two windows of a browser can sign in at once.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { digestOf } from '../sign-in/sessions.ts'
import { COOKIE } from './identity.ts'

export const SIGN_IN_COOKIE = '__Host-hashwarden-sign-in'
const SECONDS = 600
/** A browser that begins more of them has given up the oldest: together they have to fit into a request. */
const AT_ONCE = 5

/** By a digest of the state: the name says which sign-in the cookie is of, and the value has to prove it. */
const nameOf = (state: string): string => `${SIGN_IN_COOKIE}-${digestOf(state).toString('hex').slice(0, 16)}`

export function beginCookie(request: FastifyRequest, reply: FastifyReply, state: string): void {
  const begun = Object.keys(request.cookies).filter((name) => name.startsWith(`${SIGN_IN_COOKIE}-`))
  for (const name of begun.slice(0, Math.max(0, begun.length - AT_ONCE + 1))) reply.clearCookie(name, COOKIE)
  reply.setCookie(nameOf(state), state, { ...COOKIE, maxAge: SECONDS })
}

/** The state that this browser began the sign-in with which it returns from; its cookie ends with that. */
export function takeCookie(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const asked: unknown = Reflect.get(Object(request.query), 'state')
  if (typeof asked !== 'string') return undefined
  const name = nameOf(asked)
  const state = request.cookies[name]
  if (state !== undefined) reply.clearCookie(name, COOKIE)
  return state === asked ? state : undefined
}
