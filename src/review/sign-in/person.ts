// Who asks: a person who has signed in, or a machine client. Claims of the identity provider become roles here.
import { Compile } from 'typebox/compile'
import { Subject } from '../../contract/decision.ts'
import { ROLES, type Role, type SignInRefusal } from '../../contract/review.ts'
import type { ReviewSettings } from '../../settings/review-settings.ts'
import { SYSTEM, type Actor } from '../rights.ts'

export interface Person extends Actor {
  readonly name: string
  readonly isDevelopment: boolean
}

export type SignInSettings = NonNullable<ReviewSettings['signIn']>
export type Claims = Readonly<Record<string, unknown>>

const NAME_MAX = 120
const CONTROL_CHARACTERS = /\p{Cc}/gu
const subject = Compile(Subject)

/** A sign-in that is refused. The log may have its message: it names no person. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  readonly refusal: SignInRefusal

  constructor(refusal: SignInRefusal, message: string = refusal, options?: ErrorOptions) {
    super(message, options)
    this.refusal = refusal
  }
}

/** The person of these claims. Throws SignInRefused if there is no role for it. */
export function personOf(claims: Claims, { groupsClaim, roles }: SignInSettings): Person {
  const { sub } = claims
  if (!subject.Check(sub))
    throw new SignInRefused('failed', 'The sub of the claims is not 1 to 255 ASCII characters')
  if (sub === SYSTEM)
    throw new SignInRefused('failed', 'The sub of the claims is the name that the service has in the audit')
  const groups = texts(claims[groupsClaim])
  const held = rolesOf(groups, roles)
  if (held.length === 0) throw new SignInRefused('no-role')
  return { subject: sub, name: nameIn(claims) ?? sub, roles: held, groups, isDevelopment: false }
}

const rolesOf = (groups: readonly string[], roles: SignInSettings['roles']): readonly Role[] =>
  ROLES.filter((role) => roles[role]?.some((group) => groups.includes(group)))

/** Whether the claims name one of the demanded ways to sign in. */
export function hasSecondFactor(claims: Claims, { secondFactor }: SignInSettings): boolean {
  if (secondFactor === undefined) return true
  const { acr, amr } = secondFactor
  return (
    texts(claims['acr']).some((one) => acr?.includes(one)) ||
    texts(claims['amr']).some((one) => amr?.includes(one))
  )
}

function nameIn({ name, preferred_username: userName }: Claims): string | undefined {
  const found = [name, userName].find((text) => typeof text === 'string' && text.trim() !== '')
  return typeof found === 'string'
    ? found.replaceAll(CONTROL_CHARACTERS, ' ').trim().slice(0, NAME_MAX)
    : undefined
}

/** Of a claim that is a list of texts, or one text alone. */
function texts(claim: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  return list.filter((one) => typeof one === 'string')
}
