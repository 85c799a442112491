// Keys by a file of their digests.
import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test, onTestFinished } from 'vitest'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { KeyFile, keyLine } from '../../../src/gateway/credentials/key-file.ts'
import { newKey, readKey } from '../../../src/gateway/credentials/key-text.ts'
import { secretFile } from '../gateway-in-memory.ts'

const { logger } = createTelemetry('silent')

function open(text: string): { readonly keys: KeyFile; readonly file: string } {
  const file = secretFile(text)
  const keys = new KeyFile(file, logger)
  onTestFinished(() => keys.stop())
  return { keys, file }
}

const withBearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` }, address: '127.0.0.1' })

describe('a key', () => {
  test('has a prefix, an id, 32 random bytes and a checksum, by which a mistyped one is told', () => {
    const { key, id, digest } = newKey()
    expect(key).toMatch(/^hw_[a-z0-9]{8}_[A-Za-z0-9_-]{43}_[A-Za-z0-9_-]{6}$/)
    expect(readKey(key)).toEqual({ id, digest })
    expect(newKey().key).not.toBe(key)
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === 'a' ? 'b' : 'a'
      expect(readKey(key.slice(0, at) + other + key.slice(at + 1)), `character ${at}`).toBeUndefined()
    }
    for (const wrong of ['', 'hw_', `${key} `, `${key}a`, key.slice(1)])
      expect(readKey(wrong)).toBeUndefined()
  })

  test('is known by its line, in either header, and by no other', () => {
    const [own, other] = [newKey(), newKey()]
    const { keys } = open(`# comment\n\n${keyLine(own.id, 'example', own.digest)}\r\n`)
    const caller = { platform: 'example', credential: own.id }
    expect(keys.authenticate(withBearer(own.key))).toEqual(caller)
    const inOwnHeader = { headers: { 'x-api-key': own.key }, address: '127.0.0.1' }
    expect(keys.authenticate(inOwnHeader)).toEqual(caller)
    expect(keys.authenticate(withBearer(other.key))).toBe('not-permitted')
    // The id of a known key, the secret of another.
    const forged = { ...newKey(), id: own.id }
    expect(keys.authenticate(withBearer(forged.key))).toBe('not-permitted')
    expect(keys.authenticate({ headers: {}, address: '' })).toBe('not-permitted')
    expect(keys.authenticate({ headers: { authorization: own.key }, address: '' })).toBe('not-permitted')
    const both = { authorization: `Bearer ${own.key}`, 'x-api-key': own.key }
    expect(keys.authenticate({ headers: both, address: '' })).toBe('not-permitted')
  })

  test('of two that a platform has while one replaces the other, both count', () => {
    const [old, young] = [newKey(), newKey()]
    const { keys } = open([old, young].map(({ id, digest }) => keyLine(id, 'example', digest)).join('\n'))
    for (const { key, id } of [old, young])
      expect(keys.authenticate(withBearer(key))).toEqual({ platform: 'example', credential: id })
  })

  test('that is taken out of the file counts no more, and one that is put in counts', () => {
    const [old, young] = [newKey(), newKey()]
    const { keys, file } = open(keyLine(old.id, 'example', old.digest))
    writeFileSync(file, `${keyLine(young.id, 'example', young.digest)}\n`)
    keys.look()
    expect(keys.authenticate(withBearer(old.key))).toBe('not-permitted')
    expect(keys.authenticate(withBearer(young.key))).toMatchObject({ platform: 'example' })
  })
})

describe('a file of keys', () => {
  test('that is gone or damaged leaves the keys that were read before', () => {
    const own = newKey()
    const { keys, file } = open(keyLine(own.id, 'example', own.digest))
    writeFileSync(file, 'nonsense')
    keys.look()
    expect(keys.authenticate(withBearer(own.key))).toMatchObject({ platform: 'example' })
    rmSync(file)
    keys.look()
    expect(keys.authenticate(withBearer(own.key))).toMatchObject({ platform: 'example' })
  })

  test('is refused at the start with the line that is wrong, which is not quoted', () => {
    const { id, digest } = newKey()
    const right = keyLine(id, 'example', digest)
    for (const wrong of [
      'secret-of-somebody',
      keyLine(id, 'Example', digest),
      keyLine(id, 'hashwarden-canary', digest),
      `${right}\n${right}`,
      right.replace('sha256:', ''),
    ]) {
      const start = (): KeyFile => new KeyFile(secretFile(`# keys\n${wrong}\n`), logger)
      expect(start).toThrow(/line [23]: /)
      expect(start).not.toThrow('secret-of-somebody')
    }
  })
})
