// Where browsers sign in: by the provider and back, or with a name and a role on this machine.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Compile } from 'typebox/compile'
import { DevelopmentSignInBody, type SignInRefusal } from '../../contract/review.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import type { Logger } from '../../telemetry/log.ts'
import { ReviewProblem } from '../problems.ts'
import { developmentPerson } from '../sign-in/development.ts'
import { SignInRefused, type Person } from '../sign-in/person.ts'
import type { IdentityProvider } from '../sign-in/provider.ts'
import { returnPath } from '../sign-in/return-path.ts'
import type { Sessions } from '../sign-in/sessions.ts'
import { COOKIE, SESSION_COOKIE } from './identity.ts'
import type { LookUpLimit } from './look-up-limit.ts'
import { beginCookie, takeCookie } from './sign-in-cookies.ts'

const CALLBACK_PATH = '/sign-in/callback'
/** Of one address in a minute: many people may share one. */
const PER_MINUTE = 300
const LIMITED = { config: { rateLimit: { max: PER_MINUTE } } }

interface SignedIn {
  readonly person: Person
  readonly refreshToken?: string | undefined
}

export interface SignInParts {
  readonly sessions: Sessions
  /** Undefined: the development sign-in. */
  readonly provider: IdentityProvider | undefined
  readonly settings: ReviewSettings
  /** Where browsers reach this server, without a slash at its end. */
  readonly publicUrl: () => string
  readonly logger: Logger
  readonly lookUps: LookUpLimit
}

const developmentBody = Compile(DevelopmentSignInBody)

export function addSignIn(server: FastifyInstance, parts: SignInParts): void {
  const { provider, settings } = parts
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  if (provider) {
    addProvider(server, provider, parts)
    return
  }
  server.post('/sign-in/development', LIMITED, async (request, reply) => {
    if (!developmentBody.Check(request.body)) throw new ReviewProblem('invalid')
    await beginSession(request, reply, parts, { person: developmentPerson(request.body, settings) })
    return reply.code(204).send()
  })
}

function addProvider(server: FastifyInstance, provider: IdentityProvider, parts: SignInParts): void {
  const { publicUrl, logger } = parts
  const refuse = (reply: FastifyReply, error: unknown): FastifyReply => {
    if (!(error instanceof SignInRefused)) throw error
    const { refusal, message } = error
    logger.warn({ refusal, why: message }, 'A sign-in was refused')
    return reply.redirect(refusedPath(refusal), 303)
  }
  server.get('/sign-in/provider', LIMITED, async (request, reply) => {
    const asked: unknown = Reflect.get(Object(request.query), 'return')
    const returnTo = returnPath(typeof asked === 'string' ? asked : undefined)
    try {
      const { url, secret } = await provider.begin(returnTo, new URL(CALLBACK_PATH, publicUrl()))
      beginCookie(request, reply, secret)
      return await reply.redirect(url.href, 302)
    } catch (error) {
      return refuse(reply, error)
    }
  })
  server.get(CALLBACK_PATH, LIMITED, async (request, reply) => {
    try {
      const returned = new URL(request.url, publicUrl())
      const { person, returnTo, refreshToken } = await provider.finish(returned, takeCookie(request, reply))
      await beginSession(request, reply, parts, { person, refreshToken })
      return await reply.redirect(returnTo, 303)
    } catch (error) {
      return refuse(reply, error)
    }
  })
}

/** The page of the console that says why. */
const refusedPath = (refusal: SignInRefusal): string => `/sign-in?refused=${refusal}`

/**
 * A session of before ends, and its cookie opens nothing any more: so no cookie that was planted is ever signed in. The provider
 * is not asked to forget the former refresh token: it may end the whole grant for that (RFC 7009), and with it the new session.
 */
async function beginSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions, lookUps }: SignInParts,
  { person, refreshToken }: SignedIn,
): Promise<void> {
  const before = request.cookies[SESSION_COOKIE]
  if (before !== undefined) await sessions.end(before)
  const secret = await sessions.begin(person, refreshToken)
  lookUps.opened(secret)
  reply.setCookie(SESSION_COOKIE, secret, COOKIE)
}
