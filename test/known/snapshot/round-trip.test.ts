import fc from 'fast-check'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { loadSnapshot, readSnapshotHeader } from '../../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal } from '../../../src/known/snapshot/snapshot-refusal.ts'
import { sectionOf, writeSnapshot } from '../../../src/known/snapshot/write-snapshot.ts'
import { FACTS } from './snapshot-facts.ts'
import { DEMANDS, keyOf, load, temporaryFolder, write } from './snapshot-files.ts'

/** Lengths about the multiples of a small chunk, where mistakes live, and empty ones. */
const CHUNK_BYTES = 16
const anyBytes = fc
  .constantFrom(0, 1, 15, 16, 17, 31, 32, 33, 100)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
const anyName = fc.stringMatching(/^[a-z0-9.-]{1,64}$/)
const anySections = fc.dictionary(anyName, anyBytes, { maxKeys: 6, noNullPrototype: true })

test.each([
  ['plain', undefined],
  ['encrypted', keyOf(1)],
])('what is written into a %s file is what is read', async (_, key) => {
  const file = join(temporaryFolder(), 'known.snapshot')
  await fc.assert(
    fc.asyncProperty(anySections, async (sections) => {
      const size = await write(file, sections, { key, chunkBytes: CHUNK_BYTES })
      expect(statSync(file).size).toBe(size)
      expect(await load(file, { key })).toEqual(sections)
    }),
  )
})

test('sections are read in any order, some of them never, from and into parts of arrays and shared memory', async () => {
  const file = join(temporaryFolder(), 'known.snapshot')
  const shared = new Uint8Array(new SharedArrayBuffer(64)).fill(7)
  const words = new Uint32Array([9, 1, 2, 3, 9]).subarray(1, 4)
  await writeSnapshot(
    file,
    FACTS,
    [sectionOf('shared', shared), sectionOf('unread', new Float64Array(3)), sectionOf('words', words)],
    { chunkBytes: CHUNK_BYTES },
  )
  const loaded = await loadSnapshot(file, DEMANDS, async (reader) => {
    const readWords = new Uint32Array(5)
    await reader.read('words', readWords.subarray(1, 4))
    const readShared = new Uint8Array(new SharedArrayBuffer(reader.byteLengthOf('shared')))
    await reader.read('shared', readShared)
    return { words: [...readWords], shared: [...readShared] }
  })
  expect(loaded).toMatchObject({
    header: { ...FACTS, sections: [{ name: 'shared' }, { name: 'unread' }, { name: 'words' }] },
    state: { words: [0, 1, 2, 3, 0], shared: Array(64).fill(7) },
  })
})

test('a section that is given up in the middle, at any chunk, changes nothing of those that are read after it', async () => {
  const file = join(temporaryFolder(), 'known.snapshot')
  const sections = { one: new Uint8Array(100).fill(1), two: new Uint8Array(100).fill(2) }
  await write(file, sections, { chunkBytes: CHUNK_BYTES })
  for (let chunks = 0; chunks <= 7; chunks++) {
    const loaded = await loadSnapshot(file, DEMANDS, async (reader) => {
      let left = chunks
      for await (const piece of reader.pieces('one')) {
        expect([...piece]).toEqual(Array(piece.length).fill(1))
        if (left-- === 0) break
      }
      const two: number[] = []
      for await (const piece of reader.pieces('two')) {
        // Whatever is read ahead has time to arrive.
        await sleep(2)
        two.push(...piece)
      }
      return two
    })
    expect(loaded).toMatchObject({ state: Array(100).fill(2) })
  }
})

test('progress ends at the size of the file, on both sides', async () => {
  const file = join(temporaryFolder(), 'known.snapshot')
  const sections = [{ name: 'a', byteLength: 100, copy: () => {} }]
  for (const key of [undefined, keyOf(1)]) {
    const writing: number[] = []
    const size = await writeSnapshot(file, FACTS, sections, {
      key,
      chunkBytes: CHUNK_BYTES,
      onProgress: (done, total) => writing.push(done / total),
    })
    const reading: number[] = []
    const onProgress = (done: number, total: number): void => {
      expect(total).toBe(size)
      reading.push(done / total)
    }
    await loadSnapshot(file, { ...DEMANDS, key, onProgress }, async (reader) => {
      await reader.read('a', new Uint8Array(100))
      await reader.read('a', new Uint8Array(100))
    })
    for (const steps of [writing, reading]) {
      expect(steps.length).toBeGreaterThan(2)
      expect(steps).toEqual([...steps].sort((a, b) => a - b))
      expect(steps.at(-1)).toBe(1)
    }
  }
})

test('a file says of itself, without its sections, which state it holds', async () => {
  const file = join(temporaryFolder(), 'known.snapshot')
  await write(file, { a: Buffer.from('0123') }, { key: keyOf(1) })
  expect(await readSnapshotHeader(file, keyOf(1))).toEqual({
    ...FACTS,
    sections: [{ name: 'a', byteLength: 4 }],
  })
  expect(await readSnapshotHeader(file, keyOf(2))).toBeInstanceOf(SnapshotRefusal)
})

test('an encrypted file holds neither its content nor the same bytes twice', async () => {
  const folder = temporaryFolder()
  const secret = Buffer.from('a-value-that-nobody-may-read')
  const files = ['one', 'two'].map((name) => join(folder, name))
  for (const file of files) await write(file, { secret }, { key: keyOf(1), chunkBytes: CHUNK_BYTES })
  const [one, two] = files.map((file) => readFileSync(file))
  for (let at = 0; at + 8 <= secret.length; at++)
    expect(one.includes(secret.subarray(at, at + 8))).toBe(false)
  expect(one.subarray(-60).equals(two.subarray(-60))).toBe(false)
})

test('only its owner may read a snapshot, and nothing else stays in the folder', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'known.snapshot')
  await write(file, { a: Buffer.from('0123') })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['known.snapshot'])
})
