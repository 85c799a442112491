// The development sign-in: a person of this machine picks a name and a role. It opens all queues, so it is only there
// where neither the listener nor the database can be reached from elsewhere.
import { isIP } from 'node:net'
import { Client } from 'pg'
import type { DevelopmentSignInBody } from '../../contract/review.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import type { Person } from './person.ts'

/** What keeps the review service from starting. */
export class SignInSettingsError extends Error {
  readonly code = 'SIGN_IN_SETTINGS'
  override readonly name = 'SignInSettingsError'
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Whether people sign in without a provider. Throws SignInSettingsError where that would open the queue to others. */
export function usesDevelopmentSignIn(
  { signIn, host, publicUrl }: ReviewSettings,
  databaseUrl: string,
): boolean {
  if (signIn) return false
  const wrong = [
    ...(isLoopback(host) ? [] : [`review.host is ${host}, which others can reach`]),
    ...(publicUrl === undefined || isLoopback(hostOf(publicUrl))
      ? []
      : ['review.publicUrl names an address that others can reach']),
    ...(isLocalDatabase(databaseUrl) ? [] : ['DATABASE_URL names a server that is not on this machine']),
  ]
  if (wrong.length === 0) return true
  throw new SignInSettingsError(
    `Without review.signIn there is only the development sign-in, for which review and database have to be on loopback: ${wrong.join('; ')}. Set review.signIn (OpenID Connect).`,
  )
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** By what pg makes of it: the address may leave parts to the environment. */
function isLocalDatabase(databaseUrl: string): boolean {
  const { host } = new Client({ connectionString: databaseUrl })
  return host.startsWith('/') || isLoopback(host)
}

export const developmentPerson = (
  { name, role }: DevelopmentSignInBody,
  { queues }: ReviewSettings,
): Person => ({
  subject: `development:${encodeURIComponent(name.trim().toLowerCase().toWellFormed())}`.slice(0, 255),
  name: name.trim(),
  roles: [role],
  groups: [...new Set(queues.flatMap((queue) => queue.groups ?? []))],
  isDevelopment: true,
})
