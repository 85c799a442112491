import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSnapshotKey, SnapshotKeyError } from '../../../src/known/snapshot/snapshot-key.ts'
import { temporaryFolder } from './snapshot-files.ts'

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7))

function keyFile(content: Buffer | string, mode = 0o600): string {
  const file = join(temporaryFolder(), 'snapshot.key')
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}

test.each([
  ['32 raw bytes', KEY],
  ['64 digits', KEY.toString('hex')],
  ['64 digits in upper case and a newline', `${KEY.toString('hex').toUpperCase()}\n`],
  ['64 digits and a newline as on Windows', `${KEY.toString('hex')}\r\n`],
])('a key of %s is read', async (_, content) => {
  expect((await readSnapshotKey(keyFile(content))).export()).toEqual(KEY)
})

test.each([
  ['nothing', ''],
  ['31 raw bytes', KEY.subarray(1)],
  ['33 raw bytes', Buffer.concat([KEY, Buffer.from('\n')])],
  ['63 digits', KEY.toString('hex').slice(1)],
  ['64 digits and a second newline', `${KEY.toString('hex')}\n\n`],
  ['65 digits', `${KEY.toString('hex')}0`],
  ['64 digits of which one is none', `${KEY.toString('hex').slice(1)}g`],
  ['32 digits, a key of half the length', KEY.toString('hex').slice(0, 32)],
])('a file of %s is refused by its name, without a word of what it holds', async (_, content) => {
  const file = keyFile(content)
  const error = await readSnapshotKey(file).catch((why: unknown) => why)
  expect(error).toBeInstanceOf(SnapshotKeyError)
  expect(String(error)).toContain(`${file} holds no key of 256 bits`)
  const text = content.toString('latin1').trim()
  if (text !== '') expect(String(error)).not.toContain(text)
})

test.each([0o644, 0o604, 0o660, 0o622])(
  'a key file of mode %o is refused, and it says how to mend it',
  async (mode) => {
    const file = keyFile(KEY, mode)
    await expect(readSnapshotKey(file)).rejects.toThrow(`chmod 600 ${file}`)
  },
)

test('a key file that is not there is named', async () => {
  await expect(readSnapshotKey('/nowhere/snapshot.key')).rejects.toThrow(/\/nowhere\/snapshot\.key.*ENOENT/)
})

test('a key that root owns may be open to a group, as a mounted secret is', async () => {
  const reading = readSnapshotKey(keyFile(KEY, 0o440))
  if (process.getuid?.() === 0) expect((await reading).export()).toEqual(KEY)
  else await expect(reading).rejects.toThrow(/mode 0440/)
})
