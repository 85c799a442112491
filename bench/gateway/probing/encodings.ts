// What copies of one picture really look like: PDQ hashes of the sample photographs, encoded again as services and phones do,
// and altered as somebody does who looks for a copy that gets through.
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import type { HashValue } from '../../../src/hash/hash-value.ts'
import { hashBytes } from '../../../src/hashing/hash-file.ts'
import { HashingError } from '../../../src/hashing/hashing-error.ts'
import { photographs } from '../../../src/sample/photographs.ts'
import type { Random } from '../../../src/sample/random-hash.ts'

/** Hashes of copies of one picture, each value once. */
export interface Copies {
  readonly encoded: readonly HashValue[]
  readonly altered: readonly HashValue[]
}

const QUALITIES = [30, 40, 50, 60, 70, 75, 80, 85, 88, 90, 92, 95]
const SCALES = [1, 0.9, 0.75, 0.6, 0.5, 0.35, 0.25]
const ALTERED = 120

async function pdqOf(file: Buffer): Promise<HashValue | undefined> {
  const hashed = await hashBytes('copy', file)
  if (hashed instanceof HashingError) return undefined
  return hashed[0].hashes.find(({ type }) => type === 'pdq')?.value
}

async function encoded(picture: Buffer): Promise<readonly HashValue[]> {
  const { width } = await sharp(picture).metadata()
  const values = new Set<HashValue>()
  for (const scale of SCALES)
    for (const quality of QUALITIES) {
      const resized = sharp(picture).resize(Math.max(64, Math.round(width * scale)))
      const value = await pdqOf(await resized.jpeg({ quality }).toBuffer())
      if (value !== undefined) values.add(value)
    }
  return [...values]
}

/** Crops, other colours and a little turn, each as strong as chance says. */
async function altered(picture: Buffer, random: Random): Promise<readonly HashValue[]> {
  const { width, height } = await sharp(picture).metadata()
  const values = new Set<HashValue>()
  for (let n = 0; n < ALTERED; n++) {
    const crop = random() * 0.06
    const [left, top] = [Math.floor(width * crop * random()), Math.floor(height * crop * random())]
    const copy = sharp(picture)
      .extract({
        left,
        top,
        width: Math.floor(width * (1 - crop)),
        height: Math.floor(height * (1 - crop)),
      })
      .modulate({ brightness: 0.7 + random() * 0.6, saturation: 0.5 + random() })
      .rotate(random() * 3 - 1.5)
      .blur(0.3 + random() * 2)
    const value = await pdqOf(await copy.jpeg({ quality: 60 + Math.floor(random() * 35) }).toBuffer())
    if (value !== undefined) values.add(value)
  }
  return [...values]
}

export async function copiesOfPhotographs(random: Random): Promise<readonly Copies[]> {
  const all: Copies[] = []
  for (const { path } of photographs()) {
    const picture = readFileSync(path)
    all.push({ encoded: await encoded(picture), altered: await altered(picture, random) })
  }
  return all
}
