// Who asks: roles, the sign-in, and what a person has set.
import { Type, type Static } from 'typebox'
import { Subject } from '../decision.ts'
import { Timestamp } from '../primitives.ts'
import { strict } from './parts.ts'

export const ROLES = ['reviewer', 'second-reviewer', 'supervisor', 'operator', 'auditor'] as const
export type Role = (typeof ROLES)[number]

export const MeView = Type.Object(
  {
    subject: Subject,
    name: Type.String(),
    roles: Type.Array(Type.Enum([...ROLES])),
    rights: Type.Array(Type.String()),
    leaseMs: Type.Integer(),
    sessionIdleMs: Type.Integer(),
    sessionEndsAt: Type.Optional({ ...Timestamp, description: 'Left out for machine clients.' }),
    isDevelopment: Type.Boolean({ description: 'Signed in without an identity provider.' }),
    keys: Type.Record(Type.String(), Type.String(), {
      description: 'The keys that this person has changed, by action; `off`: all single keys are off.',
    }),
  },
  strict,
)
export type MeView = Static<typeof MeView>
export const KeysBody = Type.Object(
  {
    keys: Type.Record(Type.String({ pattern: '^[a-z-]{1,32}$' }), Type.String({ maxLength: 16 }), {
      ...strict,
      maxProperties: 64,
    }),
  },
  strict,
)

/** How a person can sign in: answered to those who have not yet. */
export const SignInOptions = Type.Object(
  {
    provider: Type.Boolean({ description: 'By /sign-in/provider?return=/path.' }),
    development: Type.Array(Type.Enum([...ROLES]), {
      description: 'Roles that a person of this machine can pick. Empty: there is no development sign-in.',
    }),
  },
  strict,
)
export type SignInOptions = Static<typeof SignInOptions>

export const DevelopmentSignInBody = Type.Object(
  {
    name: Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,60}$' }),
    role: Type.Enum([...ROLES]),
  },
  strict,
)
export type DevelopmentSignInBody = Static<typeof DevelopmentSignInBody>

/** Why a sign-in by the provider ended at /sign-in?refused=… The console has the words. */
export type SignInRefusal = 'no-role' | 'second-factor' | 'expired' | 'failed' | 'unavailable'

export const SignedOut = Type.Object(
  {
    next: Type.Optional(Type.String({ description: 'Where the browser ends its session at the provider.' })),
  },
  strict,
)
export type SignedOut = Static<typeof SignedOut>
