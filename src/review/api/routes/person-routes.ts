// Routes of the person who asks: who it is, which keys it has changed, the end of its session.
import { KeysBody, MeView, SignedOut, SignInOptions, ROLES } from '../../../contract/review.ts'
import { rightsOf } from '../../rights.ts'
import { SESSION_IDLE_MS } from '../../sign-in/sessions.ts'
import { keysOf, setKeys } from '../../sign-in/preferences.ts'
import { COOKIE, SESSION_COOKIE, type Identity } from '../identity.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

export const personRoutes = (parts: RouteParts): readonly Route[] => {
  const { db, provider, service, sessions, publicUrl } = parts
  return [
    route({
      method: 'GET',
      path: '/api/sign-in-options',
      name: 'signInOptions',
      summary: 'How a person can sign in',
      access: 'public',
      answer: SignInOptions,
      handle: () => ({ provider: provider !== undefined, development: provider ? [] : [...ROLES] }),
    }),
    route({
      method: 'GET',
      path: '/api/me',
      name: 'me',
      summary: 'Who asks, with which rights',
      access: 'signed-in',
      answer: MeView,
      handle: ({ identity }) => viewOf(identity, parts),
    }),
    route({
      method: 'PUT',
      path: '/api/me/keys',
      name: 'setKeys',
      summary: 'Change the keys of the console',
      access: 'signed-in',
      body: KeysBody,
      answer: MeView,
      handle: async ({ identity, body }) => {
        await setKeys(db, identity.person.subject, body.keys)
        return viewOf(identity, parts)
      },
    }),
    route({
      method: 'POST',
      path: '/api/sign-out',
      name: 'signOut',
      summary: 'End the session, and give back all leases',
      access: 'signed-in',
      answer: SignedOut,
      handle: async ({ identity: { person }, request, reply }) => {
        const secret = request.cookies[SESSION_COOKIE]
        await service.giveBackAll(person.subject, 'signed-out')
        const refreshToken = secret === undefined ? undefined : await sessions.end(secret)
        // It may take as long as the provider likes.
        if (refreshToken !== undefined) void provider?.revoke(refreshToken)
        reply.clearCookie(SESSION_COOKIE, COOKIE)
        const next = await provider?.signOutUrl(new URL('/sign-in', publicUrl()))
        return next === undefined ? {} : { next }
      },
    }),
  ]
}

async function viewOf({ person, sessionEndsAt }: Identity, { db, settings }: RouteParts): Promise<MeView> {
  const { subject, name, roles, isDevelopment } = person
  return {
    subject,
    name,
    roles: [...roles],
    rights: [...rightsOf(roles)],
    leaseMs: Math.round(settings.leaseMinutes * 60_000),
    sessionIdleMs: SESSION_IDLE_MS,
    ...(sessionEndsAt ? { sessionEndsAt: sessionEndsAt.toISOString() } : {}),
    isDevelopment,
    keys: await keysOf(db, subject),
  }
}
