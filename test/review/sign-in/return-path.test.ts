// Open redirect: after the sign-in a browser goes to a page of this site, and never to another one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { returnPath } from '../../../src/review/sign-in/return-path.ts'

const HERE = 'https://review.example.org'

test.each(['/', '/cases/12', '/cases/12?tab=bits#hit-3', '/search'])('%s is kept', (path) => {
  expect(returnPath(path)).toBe(path)
})

test.each([
  undefined,
  '',
  'cases',
  'https://other.example',
  '//other.example',
  '///other.example',
  '/\\other.example',
  '\\\\other.example',
  '/.//other.example',
  '/..//other.example',
  '/a/..//other.example',
  '/%2e//other.example',
  '/\t/other.example',
  '/\n/other.example',
  ' //other.example',
  '/cases\\..\\..//other.example',
  'javascript:alert(1)',
  '/cases\r\nset-cookie: a=b',
  `/${'a'.repeat(600)}`,
])('%j leads to the first page', (path) => {
  expect(returnPath(path)).toBe('/')
})

test.each(['/api/sign-out', '/api', '/sign-in/provider?return=/', '/sign-in'])(
  '%s, which acts, leads to the first page',
  (path) => {
    expect(returnPath(path)).toBe('/')
  },
)

test('whatever is asked for, a browser stays on this site', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '@',
    ':',
    '?',
    '#',
    'a',
    'other.example',
    '\t',
    ' ',
  )
  const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)
  fc.assert(
    fc.property(fc.oneof(path, fc.string()), (asked) => {
      expect(new URL(returnPath(asked), HERE).origin).toBe(HERE)
    }),
    { numRuns: 2_000 },
  )
})
