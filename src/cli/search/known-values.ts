// The values that `hashwarden search` searches in.
import { randomInt } from 'node:crypto'
import { digestWords, isPerceptual, wordCount, type CryptographicType } from '../../hash/hash-type.ts'
import { EveryMatch, type QueryMatches } from '../../search/every-match.ts'
import { ExactIndex } from '../../search/equal/exact.ts'
import type { RadiusQuery } from '../../search/hamming-index.ts'
import { buildIndex, quickestKind, type IndexKind } from '../../search/index-kind.ts'
import { sortDistinct } from '../../search/sorted-values.ts'
import type { Progress } from '../progress.ts'
import { mostValues, PackedValues, readValues, type ValueFile } from './value-file.ts'

/** Queries searched together: at most as many as the kernel takes at once, and enough to be quick. */
export const BATCH = 16_384

/** Values to search in. */
export interface KnownValues {
  /** Number of different values. */
  readonly size: number
  /** All matches of a batch, query by query. Their ids are for `copyValue`. */
  find(queries: Uint32Array): Iterable<QueryMatches>
  copyValue(id: number, to: Uint32Array, at: number): void
}

export interface Question extends Omit<RadiusQuery, 'limit'> {
  readonly kind: IndexKind | 'auto'
  /** The number of queries, if it is known. */
  readonly queryCount: number | undefined
}

/** Reads the known values and builds their index. */
export async function readKnownValues(
  file: ValueFile,
  { kind, queryCount, ...query }: Question,
  progress: Progress,
): Promise<KnownValues> {
  progress.reading('Known values', file.bytes)
  if (!isPerceptual(file.type)) return readDigests(file, file.type, progress)
  const values = await readDistinct(file, progress)
  const size = values.length / wordCount(file.type)
  // A pipe doesn't tell its length: as many queries are expected as there are known values.
  const expected = { size, queryCount: queryCount ?? size, batch: BATCH, query }
  const index = buildIndex(kind === 'auto' ? quickestKind(expected) : kind, values)
  const everyMatch = new EveryMatch(index, query)
  return {
    size,
    find: (queries) => everyMatch.find(queries),
    copyValue: (id, to, at) => index.copyValue(id, to, at),
  }
}

const listenerOf = (progress: Progress) => ({
  onRead: (bytes: number) => progress.done(bytes),
  onLeftOut: (text: string) => progress.say(text),
})

/** A function of its own, so that the values in the order of the file are freed before the index is built. */
async function readDistinct(file: ValueFile, progress: Progress): Promise<Uint32Array> {
  const read = new PackedValues(mostValues(file) ?? 1024, wordCount(file.type))
  await readValues(file, (words) => read.push(words), listenerOf(progress))
  progress.busy('Building the index…')
  return sortDistinct(read.view())
}

async function readDigests(
  file: ValueFile,
  type: CryptographicType,
  progress: Progress,
): Promise<KnownValues> {
  const index = new ExactIndex(digestWords(type), [randomInt(2 ** 32), randomInt(2 ** 32)])
  await readValues(file, (words) => index.add(words, 0), listenerOf(progress))
  return {
    size: index.size,
    find: (queries) => equalValues(index, queries, queries.length / digestWords(type)),
    copyValue: (id, to, at) => index.copyValue(id, to, at),
  }
}

function* equalValues(index: ExactIndex, queries: Uint32Array, count: number): Generator<QueryMatches> {
  const found = new Int32Array(count)
  index.lookup(queries, found)
  const matches = {
    ids: Uint32Array.from(found),
    distances: new Uint16Array(count),
    orientations: new Uint8Array(count),
  }
  for (let query = 0; query < count; query++) {
    yield { query, matches, from: query, to: found[query] === -1 ? query : query + 1 }
  }
}
