// The development sign-in opens all queues: it is there only where neither listener nor database can be reached from elsewhere.
import { expect, test } from 'vitest'
import { usesDevelopmentSignIn } from '../../../src/review/sign-in/development.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'
import type { ReviewSettings } from '../../../src/settings/review-settings.ts'

const LOCAL = 'postgres://user:secret@127.0.0.1:5432/review'
const settings = (changes: Partial<ReviewSettings>): ReviewSettings => ({
  ...loadSettings(undefined, {}).review,
  ...changes,
})

test.each([
  LOCAL,
  'postgres://[::1]/review',
  'postgres://localhost/review',
  'postgres:///review?host=/var/run/postgresql',
])('on loopback with the database %s there is a development sign-in', (url) => {
  expect(usesDevelopmentSignIn(settings({}), url)).toBe(true)
})

test.each(['127.0.0.1', 'localhost', '::1'])('the listener %s is on loopback', (host) => {
  expect(usesDevelopmentSignIn(settings({ host }), LOCAL)).toBe(true)
})

test.each(['0.0.0.0', '::', '10.0.0.4', 'review.example.org', '127.example.org'])(
  'a listener on %s is refused',
  (host) => {
    expect(() => usesDevelopmentSignIn(settings({ host }), LOCAL)).toThrow(/review\.host is .*review\.signIn/)
  },
)

test('a public address is refused', () => {
  const published = settings({ publicUrl: 'https://review.example.org' })
  expect(() => usesDevelopmentSignIn(published, LOCAL)).toThrow(/publicUrl/)
})

test.each([
  'postgres://user:secret@db.example.org/review',
  'postgres://user:secret@10.0.0.5/review',
  'postgres://127.0.0.1/review?host=db.example.org',
  'postgres://127.0.0.1.example.org/review',
])('the database %s is refused, and its password is not shown', (url) => {
  let message = ''
  try {
    usesDevelopmentSignIn(settings({}), url)
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('DATABASE_URL names a server that is not on this machine')
  expect(message).not.toContain('secret')
})

test('with a provider there is none, wherever it listens', () => {
  const signIn = { issuer: 'https://login.example.org', clientId: 'x', groupsClaim: 'groups', roles: {} }
  expect(usesDevelopmentSignIn(settings({ signIn, host: '0.0.0.0' }), 'postgres://db.example.org/x')).toBe(
    false,
  )
})
