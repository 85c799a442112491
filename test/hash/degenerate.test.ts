import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { canaryValue } from '../../src/contract/canary.ts'
import { DEGENERACIES, degeneracyOf, describeDegeneracy } from '../../src/hash/degenerate.ts'
import { HASH_TYPE_NAMES, hexDigits } from '../../src/hash/hash-type.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { hashBytes } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { canaryReport } from '../../src/matcher/canary-report.ts'
import { ALTERATIONS } from '../../src/sample/alterations.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { POLICY } from '../matcher/fixtures.ts'

const IMAGES = new URL('../../src/sample/images/', import.meta.url)

const svg = (shapes: string): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="#fff"/>${shapes}</svg>`,
    ),
  )
    .png()
    .toBuffer()

/** The degeneracy of each hash of a picture, by type. */
async function degeneraciesOf(picture: Buffer): Promise<Record<string, string | undefined>> {
  const hashed = await hashBytes('a picture', picture)
  if (hashed instanceof HashingError) throw hashed
  return Object.fromEntries(hashed[0].hashes.map(({ type, value }) => [type, degeneracyOf(type, value)]))
}

/** A value with this many of its bits set, spread over all of its bytes. */
function withSetBits(bits: number): string {
  const bytes = new Uint8Array(32)
  for (let n = 0; n < bits; n++) bytes[n % 32] |= 1 << Math.floor(n / 32)
  // Not one repeated byte, and as many bits as before.
  bytes[0] = ((bytes[0] << 1) | (bytes[0] >> 7)) & 255
  return Buffer.from(bytes).toString('hex')
}

describe.each(HASH_TYPE_NAMES)('of type %s', (type) => {
  test.each(['00', 'ff', 'FF', 'a5', '7E'])('the byte %s repeated is degenerate', (byte) => {
    expect(degeneracyOf(type, byte.repeat(hexDigits(type) / 2))).toBe('repeated-byte')
  })

  test('the canary is not degenerate', () => {
    expect(degeneracyOf(type, canaryValue(type))).toBeUndefined()
  })
})

test.each(['sha256', 'sha1', 'md5'] as const)(
  'the %s of an empty file is degenerate in either case',
  (type) => {
    const empty = createHash(type).digest('hex')
    expect(degeneracyOf(type, empty)).toBe('empty-file')
    expect(degeneracyOf(type, empty.toUpperCase())).toBe('empty-file')
    expect(degeneracyOf(type, createHash(type).update('a').digest('hex'))).toBeUndefined()
  },
)

describe('a PDQ hash', () => {
  test.each([97, 115, 128, 159])('with %i of 256 bits set is not degenerate', (bits) => {
    expect(degeneracyOf('pdq', withSetBits(bits))).toBeUndefined()
  })

  test.each([1, 60, 80, 96, 160, 255])('with %i of 256 bits set is degenerate', (bits) => {
    expect(degeneracyOf('pdq', withSetBits(bits))).toBe('unbalanced')
  })
})

test('no sample picture and none of its altered copies has a degenerate hash', async () => {
  const names = readdirSync(IMAGES).filter((name) => name.endsWith('.jpg'))
  expect(names).toHaveLength(10)
  for (const name of names) {
    const picture = readFileSync(new URL(name, IMAGES))
    for (const { apply } of ALTERATIONS)
      for (const why of Object.values(await degeneraciesOf(await apply(picture)))) expect(why).toBeUndefined()
  }
})

test('of a blank picture the PDQ hash is degenerate', async () => {
  expect(await degeneraciesOf(await svg(''))).toMatchObject({ pdq: 'unbalanced' })
})

test('of two plain halves both perceptual hashes are degenerate', async () => {
  const halves = await svg('<rect width="128" height="256"/>')
  expect(await degeneraciesOf(halves)).toMatchObject({ pdq: 'unbalanced', blockhash: 'few-edges' })
})

test('of stripes along one axis the blockhash is degenerate', async () => {
  const places = [0, 32, 96, 112, 128, 160, 208]
  const stripes = (shape: (at: number) => string): Promise<Buffer> => svg(places.map(shape).join(''))
  const upright = await stripes((at) => `<rect x="${at}" width="16" height="256"/>`)
  expect(await degeneraciesOf(upright)).toMatchObject({ blockhash: 'one-axis' })
  const lying = await stripes((at) => `<rect y="${at}" width="256" height="16"/>`)
  expect(await degeneraciesOf(lying)).toMatchObject({ blockhash: 'one-axis' })
})

test('two halves of different pictures under one outline have a degenerate blockhash, and PDQ hashes that are none', async () => {
  const hashed = await Promise.all(
    ['moon.jpg', 'coffee.jpg'].map(async (name) => {
      // Dark detail on the left, light detail on the right: the halves alone decide each block.
      const left = await sharp(readFileSync(new URL(name, IMAGES)))
        .resize(128, 256, { fit: 'fill' })
        .linear(0.3)
        .png()
        .toBuffer()
      const right = await sharp(readFileSync(new URL(name, IMAGES)))
        .resize(128, 256, { fit: 'fill' })
        .linear(0.3, 170)
        .png()
        .toBuffer()
      const both = sharp({ create: { width: 256, height: 256, channels: 3, background: '#000' } })
      return degeneraciesOf(
        await both
          .composite([
            { input: left, left: 0, top: 0 },
            { input: right, left: 128, top: 0 },
          ])
          .png()
          .toBuffer(),
      )
    }),
  )
  for (const one of hashed) {
    expect(one['pdq']).toBeUndefined()
    expect(one['blockhash']).toBe('few-edges')
  }
})

test('no canary report has a degenerate hash, whatever the policy’s distances', () => {
  const degenerate: unknown[] = []
  for (let maxDistanceBits = 0; maxDistanceBits <= 64; maxDistanceBits++) {
    const forms = ORIENTATIONS.slice(1)
    const rule = { part: 'hit', maxDistanceBits, orientations: { forms, maxDistanceBits } } as const
    const policy = {
      origins: {},
      hashes: { ...POLICY.hashes, pdq: rule, blockhash: { part: 'hit', maxDistanceBits } as const },
    }
    for (let round = 0; round < 5 * 256; round++) {
      const { report } = canaryReport(policy, round, 'canary', new Date(0))
      const reasons = report.hashes.map(({ type, value }) => degeneracyOf(type, value))
      if (reasons.some((reason) => reason !== undefined)) degenerate.push({ maxDistanceBits, round, reasons })
    }
  }
  expect(degenerate).toEqual([])
})

test('made-up hashes with 128 set bits are not degenerate', () => {
  const random = seededRandom(16)
  const reasons = Array.from({ length: 10_000 }, () => degeneracyOf('pdq', randomBalancedHash(random)))
  expect(new Set(reasons)).toEqual(new Set([undefined]))
})

test('each reason has words of its own', () => {
  expect(new Set(DEGENERACIES.map(describeDegeneracy)).size).toBe(DEGENERACIES.length)
})
