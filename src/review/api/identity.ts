// Who asks: by the session's cookie, or by the access token of a machine client.
import type { FastifyRequest } from 'fastify'
import { ReviewProblem } from '../problems.ts'
import type { IdentityProvider } from '../sign-in/provider.ts'
import type { Person } from '../sign-in/person.ts'
import type { Sessions } from '../sign-in/sessions.ts'
import type { LookUpLimit } from './look-up-limit.ts'

/** `__Host-`: set by this host alone, over TLS or on loopback, for all of its paths. */
export const SESSION_COOKIE = '__Host-hashwarden-session'

/** Lax and not Strict: with Strict the browser sends no cookie when it returns from the provider. */
export const COOKIE = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const

/** A request that no person caused: it doesn't keep a session from ending idle. */
const UNATTENDED = 'hashwarden-unattended'
/** The browser opens its stream again by itself. */
export const EVENTS_PATH = '/api/events'
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i

export interface Identity {
  readonly person: Person
  /** The end of the session. A machine client has none. */
  readonly sessionEndsAt?: Date
}

export interface IdentitySources {
  readonly sessions: Sessions
  readonly provider: IdentityProvider | undefined
  readonly lookUps: LookUpLimit
}

/** A request that names a token is judged by that alone. Throws ReviewProblem if its address has tried too many. */
export async function identityOf(
  request: FastifyRequest,
  sources: IdentitySources,
): Promise<Identity | undefined> {
  const { authorization } = request.headers
  const secret = authorization ?? request.cookies[SESSION_COOKIE]
  if (secret === undefined) return undefined
  const { lookUps } = sources
  if (!lookUps.permits(request.ip, secret)) throw new ReviewProblem('too-many-requests')
  const identity = await (authorization === undefined
    ? ofCookie(secret, isAttended(request), sources)
    : ofAuthorization(authorization, sources))
  if (identity) lookUps.opened(secret)
  else lookUps.failed(request.ip, secret)
  return identity
}

async function ofAuthorization(
  authorization: string,
  { provider }: IdentitySources,
): Promise<Identity | undefined> {
  const token = BEARER.exec(authorization)?.[1]
  const person = token === undefined ? undefined : await provider?.ofToken(token)
  return person && { person }
}

async function ofCookie(
  secret: string,
  attended: boolean,
  { sessions }: IdentitySources,
): Promise<Identity | undefined> {
  const session = await sessions.find(secret, attended)
  return session && { person: session.person, sessionEndsAt: session.endsAt }
}

const isAttended = ({ headers, routeOptions }: FastifyRequest): boolean =>
  headers[UNATTENDED] === undefined && routeOptions.url !== EVENTS_PATH
