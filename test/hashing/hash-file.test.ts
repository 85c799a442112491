import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { HASH_TYPE_NAMES } from '../../src/hash/hash-type.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import type { FileHash, HashedFile } from '../../src/hashing/file-hash.ts'
import { bytePath, type BytePath } from '../../src/hashing/file-path.ts'
import { hashFile } from '../../src/hashing/hash-file.ts'
import { hashFiles } from '../../src/hashing/hash-files.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { photographs } from '../../src/sample/photographs.ts'
import { pngThatClaims, sharpOf, temporaryFolder, writeIn } from './picture-files.ts'
import { readVectors } from './reference-vectors.ts'
import { makePicture } from '../../src/sample/synthetic-pictures.ts'

const [photograph] = photographs()

/** The file's hashes, of its first view. */
async function hashed(file: string): Promise<HashedFile> {
  const outcome = await hashFile(bytePath(file))
  if (outcome instanceof HashingError) throw outcome
  return outcome[0]
}

const hashesOf = async (file: string): Promise<readonly FileHash[]> => (await hashed(file)).hashes

async function errorOf(file: string): Promise<HashingError> {
  const outcome = await hashFile(bytePath(file))
  if (!(outcome instanceof HashingError)) throw new Error(`${file} was hashed`)
  return outcome
}

/** A file's warning; the file must have its digests and no other hash. */
async function warningOf(file: string): Promise<NonNullable<HashedFile['warning']>> {
  const { hashes, warning } = await hashed(file)
  expect(typesOf(hashes)).toEqual(CRYPTOGRAPHIC)
  if (!warning) throw new Error(`no warning about ${file}`)
  return warning
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
  expect(await hashesOfPng('smooth', 5, 300)).toEqual([...CRYPTOGRAPHIC, 'pdq'])
  expect(await hashesOfPng('smooth', 16, 16)).toEqual(ALL)
  expect(await hashesOfPng('smooth', 20_000, 20)).toEqual(ALL)
  // A flat picture's PDQ hash is worthless too, but its quality, 0, says so.
  expect(await hashesOfPng('flat', 300, 200)).toEqual([...CRYPTOGRAPHIC, 'pdq'])
})

describe('a file that cannot be read gives one line that says what, where, and what to do', () => {
  test('an empty file', async () => {
    const file = await writeIn(temporaryFolder(), 'empty.jpg', '')
    const error = await errorOf(file)
    expect(error.code).toBe('empty-file')
    expect(error.message).toBe(`${file}: the file is empty; get the whole file`)
  })

  test('a missing file', async () => {
    const error = await errorOf('/no/such/file.jpg')
    expect(error.code).toBe('missing')
    expect(error.message).toBe('/no/such/file.jpg: no such file or folder; check the path')
  })

  test('a pipe that has taken the place of a file, without waiting for its writer', async () => {
    const pipe = join(temporaryFolder(), 'pipe.jpg')
    execFileSync('mkfifo', [pipe])
    expect((await errorOf(pipe)).code).toBe('not-a-file')
  })
})

describe('a picture that cannot be hashed has its digests, and one line that says what, where, and what to do', () => {
  test('one of which only the beginning is left', async () => {
    const folder = temporaryFolder()
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
      const bytes = await sharp(photograph.path).toFormat(format).toBuffer()
      const { code, message } = await warningOf(await writeIn(folder, 'cut\n.jpg', bytes.subarray(0, 60)))
      expect(code).toBe('damaged-picture')
      expect(message).toContain('cut\\x0a.jpg: the ')
      expect(message).toContain(
        ' picture is truncated or damaged, or of a variant that cannot be decoded; get ',
      )
      expect(message).not.toContain('\n')
    }
  })

  test('a file that is only named like a picture', async () => {
    const folder = temporaryFolder()
    for (const name of ['photo.JPG', 'photo.heic', 'photo.tga', 'photo.svg']) {
      expect((await warningOf(await writeIn(folder, name, 'this is a text'))).code).toBe('not-a-picture')
    }
  })

  test('a picture with too many pixels, or with too many on a side', async () => {
    const folder = temporaryFolder()
    const vast = await warningOf(await writeIn(folder, 'vast.png', await pngThatClaims(20_000, 20_000)))
    expect(vast.code).toBe('too-many-pixels')
    expect(vast.message).toContain('20000 × 20000')
    const long = await warningOf(await writeIn(folder, 'long.png', await pngThatClaims(1, 50_000_000)))
    expect(long.code).toBe('side-too-long')
    expect(long.message).toContain('the PNG picture is 1 × 50000000 pixels, of at most 65535 on a side')
  })

  test('a picture that is too small for a perceptual hash', async () => {
    const folder = temporaryFolder()
    for (const [width, height] of [
      [1, 1],
      [4, 300],
    ] as const) {
      const png = sharpOf(makePicture({ kind: 'smooth', width, height, channels: 3, seed: 9 })).png()
      const file = await writeIn(folder, `${width}.png`, await png.toBuffer())
      expect((await warningOf(file)).code).toBe('too-small')
    }
  })
})

test('a damaged picture has the hashes of what is left, and a warning', async () => {
  const bytes = readFileSync(photograph.path)
  const whole = await hashed(photograph.path)
  const cut = await hashed(await writeIn(temporaryFolder(), 'cut.jpg', bytes.subarray(0, -40)))
  expect(cut.damaged).toBe(true)
  expect(cut.warning?.code).toBe('damaged-picture')
  expect(typesOf(cut.hashes)).toEqual(ALL)
  expect(whole.damaged ?? whole.warning).toBeUndefined()
})

test('many files are hashed in their order, errors in their place, however many at once', async () => {
  const folder = temporaryFolder()
  const whole = readFileSync(photograph.path)
  const files = await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      writeIn(folder, `${index}.jpg`, index % 3 === 1 ? whole.subarray(0, 5000) : whole),
    ),
  )
  const found = async function* (): AsyncGenerator<BytePath> {
    yield* [...files, join(folder, 'missing')].map(bytePath)
  }
  for (const processes of [1, 3]) {
    const seen: string[] = []
    for await (const one of hashFiles(found(), { processes })) {
      seen.push(one instanceof HashingError ? one.code : (one.warning?.code ?? `${one.hashes.length}`))
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
