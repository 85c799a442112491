// Claims of the identity provider become roles, and the demand for a second factor is met or not.
import { expect, test } from 'vitest'
import {
  hasSecondFactor,
  personOf,
  SignInRefused,
  type SignInSettings,
} from '../../../src/review/sign-in/person.ts'

const SETTINGS: SignInSettings = {
  issuer: 'https://login.example.org',
  clientId: 'review',
  groupsClaim: 'groups',
  roles: { reviewer: ['reviewers', 'trainees'], supervisor: ['leads'] },
}

const refusalOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error instanceof SignInRefused ? error.refusal : error
  }
}

test('each group gives its role, and a person may have several', () => {
  const claims = { sub: 'a1', name: 'Ada', groups: ['leads', 'trainees', 'others'] }
  expect(personOf(claims, SETTINGS)).toEqual({
    subject: 'a1',
    name: 'Ada',
    roles: ['reviewer', 'supervisor'],
    groups: ['leads', 'trainees', 'others'],
    isDevelopment: false,
  })
})

test('a person whose sub is the name of the service itself is refused: the audit could not tell them apart', () => {
  expect(refusalOf(() => personOf({ sub: 'system', groups: 'leads' }, SETTINGS))).toBe('failed')
})

test('one group alone may come as a text', () => {
  expect(personOf({ sub: 'a1', groups: 'leads' }, SETTINGS).roles).toEqual(['supervisor'])
})

test.each([
  ['no claim of groups', {}],
  ['other groups', { groups: ['Leads', 'reviewers '] }],
  ['groups that are no texts', { groups: [{ name: 'leads' }, 7, null] }],
  ['a role in another claim', { roles: ['supervisor'] }],
])('a person with %s is refused', (_what, claims) => {
  expect(refusalOf(() => personOf({ sub: 'a1', ...claims }, SETTINGS))).toBe('no-role')
})

test.each([[undefined], [''], [7], ['a b'], ['a\n'], ['x'.repeat(256)], ['ä']])(
  'the subject %j is refused',
  (sub) => {
    expect(refusalOf(() => personOf({ sub, groups: ['leads'] }, SETTINGS))).toBe('failed')
  },
)

const nameOf = (claims: object): string =>
  personOf({ sub: 'a1', groups: ['leads'], ...claims }, SETTINGS).name

test('a name has no control characters, and an empty one is left out', () => {
  expect(nameOf({ name: 'Ada\u001b[31m\r\nLovelace' })).toBe('Ada [31m  Lovelace')
  expect(nameOf({ name: ' ', preferred_username: 'ada' })).toBe('ada')
  expect(nameOf({ name: ['Ada'] })).toBe('a1')
  expect(nameOf({ name: 'x'.repeat(500) })).toHaveLength(120)
})

test('a demanded second factor has to be in acr or amr', () => {
  expect(hasSecondFactor({}, SETTINGS)).toBe(true)
  const both = { ...SETTINGS, secondFactor: { acr: ['strong'], amr: ['otp', 'hwk'] } }
  expect(hasSecondFactor({ amr: ['pwd'] }, both)).toBe(false)
  expect(hasSecondFactor({ amr: ['pwd', 'otp'] }, both)).toBe(true)
  expect(hasSecondFactor({ acr: 'strong' }, both)).toBe(true)
  expect(hasSecondFactor({ acr: 'weak', amr: 'strong' }, both)).toBe(false)
  expect(hasSecondFactor({ acr: 'otp' }, both)).toBe(false)
})
