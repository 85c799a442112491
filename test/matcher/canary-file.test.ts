// The canary file, as a platform reports it: found in the known set, and never a hit.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test } from 'vitest'
import { CANARY_ENTRIES, canaryValue, canaryValues } from '../../src/contract/canary.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import type { ReportedHash } from '../../src/contract/report.ts'
import { isPerceptual } from '../../src/hash/hash-type.ts'
import { hashBytes } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher, type Outcome } from '../../src/matcher/matcher.ts'
import { CANARY_FILE, pictureOfPdq } from '../../src/sample/canary-picture.ts'
import { hashValue } from '../contract/arbitraries.ts'
import { entry } from '../fixtures/entries.ts'
import { PDQ, POLICY, reported, reportOf } from './fixtures.ts'

const FILE = readFileSync(CANARY_FILE)

async function hashesOf(bytes: Buffer): Promise<readonly ReportedHash[]> {
  const hashed = await hashBytes('canary', bytes)
  if (hashed instanceof HashingError) throw hashed
  return hashed[0].hashes
}

function outcomeOf(hashes: readonly ReportedHash[], listed: readonly KnownHash[] = []): Outcome {
  const set = new PackedKnownSet({ index: 'flat' })
  for (const [offset, one] of [...CANARY_ENTRIES, ...listed].entries())
    set.apply({ identity: one, key: knownHashKey(one), entry: one }, offset)
  const report = reportOf(hashes, { platform: 'example-platform' })
  return new Matcher(set, POLICY).matchWithCanaries([report])[0]
}

const typesFound = (outcome: Outcome): readonly string[] =>
  outcome?.schema === 'canary' ? outcome.types.toSorted() : []

describe('the canary file', () => {
  test('is what its recipe makes, and has the digests that are known', async () => {
    const { data, info } = await sharp(FILE).raw().toBuffer({ resolveWithObject: true })
    const made = pictureOfPdq(canaryValue('pdq'))
    expect([info.width, info.height]).toEqual([made.width, made.height])
    // A cosine may differ in its last bit from machine to machine.
    const pixels = Array.from({ length: made.pixels.length }, (_, at) => data[at * info.channels])
    expect(Math.max(...pixels.map((pixel, at) => Math.abs(pixel - made.pixels[at])))).toBeLessThanOrEqual(1)
    for (const { type, value } of await hashesOf(FILE))
      if (!isPerceptual(type)) expect(canaryValues(type)).toContain(value)
  })

  test('is found by each hash that makes hits, by any one of them alone, and makes no hit', async () => {
    const hashes = await hashesOf(FILE)
    expect(typesFound(outcomeOf(hashes))).toEqual(['md5', 'pdq', 'sha1', 'sha256'])
    for (const hash of hashes.filter(({ type }) => type !== 'blockhash'))
      expect(typesFound(outcomeOf([hash]))).toEqual([hash.type])
  })

  test.each<[string, (picture: Sharp) => Sharp]>([
    ['saved as a JPEG', (picture) => picture.jpeg({ quality: 60 })],
    ['scaled to 400 pixels', (picture) => picture.resize(400, 400).webp()],
    ['turned', (picture) => picture.rotate(90).png()],
  ])('is found by its PDQ hash alone once it was %s', async (_change, changed) => {
    const hashes = await hashesOf(await changed(sharp(FILE)).toBuffer())
    expect(typesFound(outcomeOf(hashes))).toEqual(['pdq'])
  })

  test('hides nothing: a known hash in the same report makes a hit', async () => {
    const hashes = [...(await hashesOf(FILE)).filter(({ type }) => type !== 'pdq'), reported('pdq', PDQ, 90)]
    const outcome = outcomeOf(hashes, [entry('pdq', PDQ)])
    expect(outcome).toMatchObject({ schema: 'hit/1', matches: [{ type: 'pdq' }] })
  })

  test('is a hit of a list that has it, as any other file is', async () => {
    const sha256 = hashValue('sha256', createHash('sha256').update(FILE).digest('hex'))
    const outcome = outcomeOf([reported('sha256', sha256)], [entry('sha256', sha256)])
    expect(outcome).toMatchObject({ schema: 'hit/1', grade: 'exact' })
  })
})
