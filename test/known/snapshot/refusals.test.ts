import fc from 'fast-check'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadSnapshot } from '../../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../../src/known/snapshot/snapshot-refusal.ts'
import {
  bytesOf,
  bytesOfText,
  DEMANDS,
  keyOf,
  load,
  refusalOf,
  temporaryFolder,
  write,
  type WriteOptions,
} from './snapshot-files.ts'

const CHUNK_BYTES = 16
const KEY = keyOf(1)
/** Two sections of two chunks each, of equal length so that they could be exchanged, and an empty one. */
const SECTIONS = {
  first: bytesOfText('0123456789abcdefghij'),
  empty: new Uint8Array(0),
  second: bytesOfText('ABCDEFGHIJabcdefghij'),
}

describe.each([
  ['plain', undefined, 32],
  ['encrypted', KEY, 16],
])('a %s snapshot', (_, key, sealBytes) => {
  const options = { key, chunkBytes: CHUNK_BYTES }
  const chunkOnDisk = CHUNK_BYTES + sealBytes
  const sectionOnDisk = SECTIONS.first.length + 2 * sealBytes

  /** A file of such a snapshot that a test may change, with where its first section begins. */
  async function sample(): Promise<{ file: string; bytes: Buffer; firstAt: number; secondAt: number }> {
    const file = join(temporaryFolder(), 'known.snapshot')
    const bytes = await bytesOf(file, SECTIONS, options)
    const secondAt = bytes.length - sealBytes - sectionOnDisk
    return { file, bytes, firstAt: secondAt - sectionOnDisk, secondAt }
  }

  test('is refused whichever of its bytes is another', async () => {
    const { file, bytes } = await sample()
    for (const flip of [0x01, 0xff]) {
      for (const [at, byte] of bytes.entries()) {
        bytes[at] = byte ^ flip
        writeFileSync(file, bytes)
        bytes[at] = byte
        expect(await load(file, { key }), `byte ${at}`).toBeInstanceOf(SnapshotRefusal)
      }
    }
    writeFileSync(file, bytes)
    expect(await load(file, { key })).toEqual(SECTIONS)
  })

  test('is refused however many bytes are cut off, or follow', async () => {
    const { file, bytes } = await sample()
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length))
      expect(await refusalOf(file, { key }), `${length} bytes`).toBe('truncated')
    }
    for (const more of [1, sealBytes, chunkOnDisk, 5000]) {
      writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(more)]))
      expect(await refusalOf(file, { key }), `${more} more bytes`).toBe('damaged')
    }
  })

  test('is refused whichever run of its bytes is overwritten with other bytes', async () => {
    const { file, bytes } = await sample()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        async (at, other) => {
          const changed = Buffer.from(bytes)
          changed.set(other.subarray(0, bytes.length - at), at)
          fc.pre(!changed.equals(bytes))
          writeFileSync(file, changed)
          expect(await load(file, { key })).toBeInstanceOf(SnapshotRefusal)
        },
      ),
    )
  })

  test.each<[string, (at: { bytes: Buffer; firstAt: number; secondAt: number }) => Buffer]>([
    ['two sections', ({ bytes, firstAt, secondAt }) => swapped(bytes, firstAt, secondAt, sectionOnDisk)],
    [
      'the first chunks of two sections',
      ({ bytes, firstAt, secondAt }) => swapped(bytes, firstAt, secondAt, chunkOnDisk),
    ],
    [
      'the last chunks of two sections',
      ({ bytes, firstAt, secondAt }) =>
        swapped(bytes, firstAt + chunkOnDisk, secondAt + chunkOnDisk, sectionOnDisk - chunkOnDisk),
    ],
  ])('is refused when %s are exchanged', async (_what, exchange) => {
    const { file, ...at } = await sample()
    const exchanged = exchange(at)
    expect(exchanged.equals(at.bytes)).toBe(false)
    writeFileSync(file, exchanged)
    const refusal = await load(file, { key })
    expect(refusal).toMatchObject({ code: 'damaged', message: expect.stringContaining('section first') })
  })

  test('is refused when any part comes from another snapshot, even of the same state and key', async () => {
    const { file, bytes, firstAt, secondAt } = await sample()
    const other = await bytesOf(file, SECTIONS, options)
    expect(other.length).toBe(bytes.length)
    for (const cut of [firstAt, firstAt + chunkOnDisk, secondAt, bytes.length - sealBytes]) {
      writeFileSync(file, Buffer.concat([bytes.subarray(0, cut), other.subarray(cut)]))
      expect(await refusalOf(file, { key })).toBe('damaged')
    }
  })

  test('of which only one section is wanted is refused for damage in another, or in its end', async () => {
    const { file, bytes, secondAt } = await sample()
    for (const at of [secondAt + 3, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] ^= 1
      writeFileSync(file, changed)
      const built: string[] = []
      const refusal = await loadSnapshot(file, { ...DEMANDS, key }, async (reader) => {
        const first = Buffer.alloc(SECTIONS.first.length)
        await reader.read('first', first)
        built.push(first.toString())
      })
      expect(built).toEqual(['0123456789abcdefghij'])
      expect(refusal).toMatchObject({ code: 'damaged' })
    }
  })

  test('gives no byte of a chunk whose seal is wrong', async () => {
    const { file, bytes, firstAt } = await sample()
    bytes[firstAt + chunkOnDisk] ^= 1
    writeFileSync(file, bytes)
    const target = Buffer.alloc(SECTIONS.first.length, '?')
    const refusal = await loadSnapshot(file, { ...DEMANDS, key }, (reader) => reader.read('first', target))
    expect(refusal).toMatchObject({ code: 'damaged' })
    expect(target.toString()).toBe('0123456789abcdef????')
  })
})

/** Exchanges two runs of `length` bytes. */
function swapped(bytes: Buffer, a: number, b: number, length: number): Buffer {
  const result = Buffer.from(bytes)
  bytes.copy(result, a, b, b + length)
  bytes.copy(result, b, a, a + length)
  return result
}

async function sampleOf(options: WriteOptions = {}): Promise<string> {
  const file = join(temporaryFolder(), 'known.snapshot')
  await write(file, SECTIONS, options)
  return file
}

describe('a snapshot is refused', () => {
  test('that is not there, or no file', async () => {
    const folder = temporaryFolder()
    expect(await refusalOf(join(folder, 'absent'))).toBe('missing')
    mkdirSync(join(folder, 'folder'))
    expect(await refusalOf(join(folder, 'folder'))).toBe('unreadable')
  })

  test('that is another file', async () => {
    const file = join(temporaryFolder(), 'known.snapshot')
    for (const text of ['x', 'md5 d41d8cd98f00b204e9800998ecf8427e', ' '.repeat(10_000)]) {
      writeFileSync(file, text)
      expect(await refusalOf(file)).toBe('not-a-snapshot')
    }
  })

  test('of another format version, whatever follows', async () => {
    const file = await sampleOf()
    const bytes = readFileSync(file)
    bytes.writeUInt16BE(2, 8)
    writeFileSync(file, bytes.subarray(0, 60))
    expect(await refusalOf(file)).toBe('other-version')
  })

  test('of another layout of the set', async () => {
    expect(await refusalOf(await sampleOf({ facts: { content: 'test/2' } }))).toBe('other-version')
    const file = await sampleOf()
    const missing = await loadSnapshot(file, DEMANDS, (reader) => reader.read('third', new Uint8Array(1)))
    expect(missing).toMatchObject({ code: 'other-version' })
    const longer = await loadSnapshot(file, DEMANDS, (reader) => reader.read('first', new Uint8Array(21)))
    expect(longer).toMatchObject({ code: 'other-version' })
  })

  test('with the wrong key, without one, and with one where it is plain', async () => {
    const encrypted = await sampleOf({ key: KEY })
    expect(await refusalOf(encrypted, { key: keyOf(2) })).toBe('wrong-key')
    expect(await refusalOf(encrypted)).toBe('no-key')
    expect(await refusalOf(await sampleOf(), { key: KEY })).toBe('not-encrypted')
  })

  test('one millisecond over its age, or of a time to come', async () => {
    const file = await sampleOf({ facts: { asOf: '2026-03-01T00:00:00.000Z' } })
    const asOfMs = Date.parse('2026-03-01T00:00:00.000Z')
    expect(await refusalOf(file, { maxAgeMs: 1000, nowMs: asOfMs + 1000 })).toBeUndefined()
    expect(await refusalOf(file, { maxAgeMs: 1000, nowMs: asOfMs + 1001 })).toBe('too-old')
    expect(await refusalOf(file, { maxAgeMs: 1000, nowMs: asOfMs - 600_000 })).toBeUndefined()
    expect(await refusalOf(file, { maxAgeMs: 1000, nowMs: asOfMs - 600_001 })).toBe('not-yet')
  })

  test('beyond the end of the topic', async () => {
    const file = await sampleOf({ facts: { offset: 42 } })
    expect(await refusalOf(file, { endOffset: 42 })).toBeUndefined()
    expect(await refusalOf(file, { endOffset: 41 })).toBe('beyond-end')
  })

  test('with words that name the file and never its content', async () => {
    const file = await sampleOf()
    const bytes = readFileSync(file)
    bytes[bytes.length - 50] ^= 1
    writeFileSync(file, bytes)
    const refusal = await load(file)
    expect(refusal).toMatchObject({ message: `The snapshot ${file} is damaged in its section second` })
  })

  test('and a mistake of whoever builds is not taken for one', async () => {
    const file = await sampleOf()
    const building = loadSnapshot(file, DEMANDS, async () => {
      throw new TypeError('a bug')
    })
    await expect(building).rejects.toThrow('a bug')
  })
})
