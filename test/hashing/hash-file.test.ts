import { createHash } from 'node:crypto'
import { readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import type { FileHash } from '../../src/hashing/file-hash.ts'
import { hashFile } from '../../src/hashing/hash-file.ts'
import { hashFiles } from '../../src/hashing/hash-files.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { photographs } from '../../src/sample/photographs.ts'
import { pngThatClaims, sharpOf, temporaryFolder, writeIn } from './picture-files.ts'
import { readVectors } from './reference-vectors.ts'
import { makePicture } from '../../src/sample/synthetic-pictures.ts'

const [photograph] = photographs()

async function hashesOf(file: string): Promise<readonly FileHash[]> {
  const hashed = await hashFile(file)
  if (hashed instanceof HashingError) throw hashed
  return hashed.hashes
}

async function errorOf(file: string): Promise<HashingError> {
  const hashed = await hashFile(file)
  if (!(hashed instanceof HashingError)) throw new Error(`${file} was hashed`)
  return hashed
}

const typesOf = (hashes: readonly FileHash[]): string[] => hashes.map(({ type }) => type)
const CRYPTOGRAPHIC = ['sha256', 'sha1', 'md5']
const ALL = [...CRYPTOGRAPHIC, 'pdq', 'blockhash']

test('a photograph has one canonical hash of each type, and only PDQ has a quality', async () => {
  const hashes = await hashesOf(photograph.path)
  expect(typesOf(hashes)).toEqual(HASH_TYPE_NAMES)
  const bytes = readFileSync(photograph.path)
  const vector = readVectors('pdq-vectors.json').find(({ picture }) => picture === photograph.name)
  for (const { type, value, quality } of hashes) {
    expect(parseHashValue(type, value)).toBe(value)
    if (type === 'pdq') expect({ value, quality }).toEqual({ value: vector?.hash, quality: vector?.quality })
    else expect(quality).toBeUndefined()
    if (CRYPTOGRAPHIC.includes(type)) expect(value).toBe(createHash(type).update(bytes).digest('hex'))
  }
})

test('a file that is no picture has its digests, however many chunks it is read in', async () => {
  const folder = temporaryFolder()
  const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 'no picture ')
  const hashes = await hashesOf(await writeIn(folder, 'film.mp4', bytes))
  expect(hashes.map(({ type, value }) => [type, value])).toEqual(
    CRYPTOGRAPHIC.map((type) => [type, createHash(type).update(bytes).digest('hex')]),
  )
  expect(typesOf(await hashesOf(await writeIn(folder, 'short.txt', 'x')))).toEqual(CRYPTOGRAPHIC)
})

test('a picture is known by its content, whatever its name', async () => {
  const bytes = await sharp(photograph.path).png().toBuffer()
  const folder = temporaryFolder()
  for (const name of ['photo.jpg', 'photo.txt', 'photo']) {
    expect(typesOf(await hashesOf(await writeIn(folder, name, bytes)))).toEqual(ALL)
  }
})

test('a picture gets the perceptual hashes that mean something, and no others', async () => {
  const folder = temporaryFolder()
  const hashesOfPng = async (kind: 'smooth' | 'flat', width: number, height: number): Promise<string[]> => {
    const png = sharpOf(makePicture({ kind, width, height, channels: 3, seed: 9 })).png()
    return typesOf(
      await hashesOf(await writeIn(folder, `${kind}-${width}x${height}.png`, await png.toBuffer())),
    )
  }
  expect(await hashesOfPng('smooth', 1, 1)).toEqual(CRYPTOGRAPHIC)
  expect(await hashesOfPng('smooth', 4, 300)).toEqual(CRYPTOGRAPHIC)
  expect(await hashesOfPng('smooth', 5, 300)).toEqual([...CRYPTOGRAPHIC, 'pdq'])
  expect(await hashesOfPng('smooth', 16, 16)).toEqual(ALL)
  expect(await hashesOfPng('smooth', 20_000, 20)).toEqual(ALL)
  // A flat picture's PDQ hash is worthless too, but its quality, 0, says so.
  expect(await hashesOfPng('flat', 300, 200)).toEqual([...CRYPTOGRAPHIC, 'pdq'])
})

describe('a file that cannot be hashed gives one line that says what, where, and what to do', () => {
  test('an empty file', async () => {
    const file = await writeIn(temporaryFolder(), 'empty.jpg', '')
    const error = await errorOf(file)
    expect(error.code).toBe('empty-file')
    expect(error.hashes).toEqual([])
    expect(error.message).toBe(`${file}: the file is empty; get the whole file`)
  })

  test('a missing file', async () => {
    const error = await errorOf('/no/such/file.jpg')
    expect(error.code).toBe('missing')
    expect(error.message).toBe('/no/such/file.jpg: no such file or folder; check the path')
  })

  test('a truncated picture, whose digests the error carries', async () => {
    const bytes = readFileSync(photograph.path)
    const file = await writeIn(temporaryFolder(), 'cut\n.jpg', bytes)
    truncateSync(file, bytes.length / 2)
    const error = await errorOf(file)
    expect(error.code).toBe('damaged-picture')
    expect(typesOf(error.hashes)).toEqual(CRYPTOGRAPHIC)
    expect(error.message).toContain('cut\\x0a.jpg: the JPEG picture is truncated or damaged')
    expect(error.message).toContain('; get the whole file and hash it again')
    expect(error.message).not.toContain('\n')
  })

  test('a picture of a format that is not decoded', async () => {
    const folder = temporaryFolder()
    const heads = {
      HEIC: '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
      BMP: 'BM\x36\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x10\0\0\0',
      'JPEG XL': '\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ',
    }
    for (const [format, head] of Object.entries(heads)) {
      const error = await errorOf(await writeIn(folder, `${format}.bin`, Buffer.from(head, 'latin1')))
      expect(error.code).toBe('unsupported-format')
      expect(error.message).toContain(`: ${format} pictures cannot be decoded; convert it to JPEG`)
    }
  })

  test('a film is not mistaken for a picture', async () => {
    const head = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42', 'latin1')
    expect(typesOf(await hashesOf(await writeIn(temporaryFolder(), 'film', head)))).toEqual(CRYPTOGRAPHIC)
  })

  test('a file that is only named like a picture', async () => {
    const error = await errorOf(await writeIn(temporaryFolder(), 'photo.JPG', 'this is a text'))
    expect(error.code).toBe('not-a-picture')
    expect(typesOf(error.hashes)).toEqual(CRYPTOGRAPHIC)
  })

  test('a picture with too many pixels', async () => {
    const error = await errorOf(
      await writeIn(temporaryFolder(), 'vast.png', await pngThatClaims(20_000, 20_000)),
    )
    expect(error.code).toBe('too-many-pixels')
    expect(error.message).toContain('20000 × 20000')
  })
})

test('many files are hashed in their order, errors in their place, whatever the concurrency', async () => {
  const folder = temporaryFolder()
  const whole = readFileSync(photograph.path)
  const files = await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      writeIn(folder, `${index}.jpg`, index % 3 === 1 ? whole.subarray(0, 5000) : whole),
    ),
  )
  const found = async function* (): AsyncGenerator<string> {
    yield* [...files, join(folder, 'missing')]
  }
  for (const concurrency of [1, 3, 50]) {
    const seen: string[] = []
    for await (const one of hashFiles(found(), concurrency)) {
      seen.push(one instanceof HashingError ? one.code : `${one.hashes.length}`)
    }
    expect(seen).toEqual([
      '5',
      'damaged-picture',
      '5',
      '5',
      'damaged-picture',
      '5',
      '5',
      'damaged-picture',
      '5',
      'missing',
    ])
  }
})
