import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCommitMetadata, parseCommitMetadata, unstamped } from '../../src/log/commit-metadata.ts'

const word = fc.stringMatching(/^[\w@;=*:,.]{1,20}$/)

test('metadata is read back as it was written, with a stamp and a policy or without', () => {
  fc.assert(
    fc.property(
      word,
      fc.option(word, { nil: undefined }),
      fc.option(word, { nil: undefined }),
      (progress, stamp, policy) => {
        const metadata = formatCommitMetadata({ progress, stamp, policy })
        expect(parseCommitMetadata(metadata)).toEqual({ progress, stamp, policy })
        expect(unstamped(metadata)).toBe(formatCommitMetadata({ progress, policy }))
      },
    ),
  )
})

test.each([
  ['abc@12', { progress: 'abc@12', stamp: undefined, policy: undefined }],
  ['abc@12 1.2.3', { progress: 'abc@12', stamp: '1.2.3', policy: undefined }],
  ['', { progress: '', stamp: undefined, policy: undefined }],
])('the commit %o of an earlier version is still read', (metadata, expected) => {
  expect(parseCommitMetadata(metadata)).toEqual(expected)
})

test('a word with a blank, or without a letter, is refused before it is committed', () => {
  expect(() => formatCommitMetadata({ progress: 'two words' })).toThrow(TypeError)
  expect(() => formatCommitMetadata({ progress: 'a', policy: '' })).toThrow(TypeError)
  expect(() => formatCommitMetadata({ progress: '', stamp: 'b' })).toThrow(TypeError)
})

test('what another program has committed is passed on as it is', () => {
  expect(unstamped('x  y')).toBe('x - y')
  expect(unstamped('')).toBe('')
})
