// A made-up list of plain lines, and what its import leaves in the topic known-hashes.
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import type { HashType } from '../../src/hash/hash-type.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'

const SEED = 5
const LINES_AT_ONCE = 10_000

/** What the import is told of the list. */
export const SOURCE = 'bench'
export const CLASSIFICATION = { scheme: 'bench', code: 'A1' } as const

type Hash = Pick<KnownHash, 'type' | 'value'>

/** Two lines of three have an MD5, one a PDQ hash. */
function* hashes(count: number): Generator<Hash> {
  const random = seededRandom(SEED)
  for (let line = 0; line < count; line++) {
    const value = randomBalancedHash(random)
    const type: HashType = line % 3 === 0 ? 'pdq' : 'md5'
    const own = type === 'pdq' ? value : parseHashValue('md5', value.slice(0, 32))
    if (own === undefined) throw new Error('32 digits are an MD5')
    yield { type, value: own }
  }
}

/** Each line has an id, as hotlines have it. */
function* text(count: number): Generator<string> {
  let line = 0
  let lines = ''
  for (const { type, value } of hashes(count)) {
    lines += `${type} ${value} ${line++}\n`
    if (line % LINES_AT_ONCE !== 0) continue
    yield lines
    lines = ''
  }
  yield lines
}

export const writeList = (file: string, count: number): Promise<void> =>
  pipeline(text(count), createWriteStream(file))

/** The records of its entries, in the order of the list. */
export function* importedRecords(
  count: number,
  addedAt: string,
): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  let line = 0
  for (const hash of hashes(count)) {
    const entry: KnownHash = {
      schema: 'known-hash/1',
      ...hash,
      source: SOURCE,
      sourceId: String(line++),
      classification: CLASSIFICATION,
      role: 'match',
      purpose: 'csam',
      handling: { audience: 'this-deployment', onward: 'none' },
      addedAt,
    }
    yield { key: Buffer.from(knownHashKey(entry)), value: Buffer.from(encodeKnownHash(entry)) }
  }
}
