// The words of the sign-in page.
import type { Role, SignInRefusal } from '../../contract/review.ts'

export const ROLE_WORDS: Readonly<Record<Role, readonly [name: string, does: string]>> = {
  reviewer: ['Reviewer', 'takes cases and decides'],
  'second-reviewer': ['Second reviewer', 'gives second opinions, too'],
  supervisor: ['Supervisor', 'assigns, settles, corrects'],
  operator: ['Operator', 'sees how much waits'],
  auditor: ['Auditor', 'reads the audit, verifies it'],
}

export const REFUSED_WORDS: Readonly<Record<SignInRefusal, string>> = {
  'no-role': 'You have signed in, but none of your groups has a role here. Ask your administrator.',
  'second-factor': 'The sign-in has to use a second factor. Sign in again with one.',
  expired: 'The sign-in took too long, or it was used before. Try again.',
  failed: 'The identity provider refused the sign-in. Try again.',
  unavailable: 'The identity provider cannot be reached now. Try again in a minute.',
}
