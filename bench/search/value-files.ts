// Values and queries in files, so that Python searches the same ones as we do.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { QUERIES } from './jobs.ts'
import { makeKnownSet, type SetName } from './known-sets.ts'
import { plantQueries, type PlantedQueries } from './planted-queries.ts'

/** Where the benchmark keeps what it can make again. */
export const CACHE = new URL('../../.cache/bench/', import.meta.url)
/** Part of the file names: to be raised when sets or queries are made another way. */
const EDITION = 1
const CHUNK_WORDS = 2 ** 27

/** The file with the set's values: 32 bytes each, as they lie in memory (little-endian words). */
export function knownSetFile(set: SetName, known: number): URL {
  const file = new URL(`${set}-${known}.v${EDITION}.u32`, CACHE)
  if (!existsSync(file)) writeWords(file, makeKnownSet(set, known))
  return file
}

export const readKnownSet = (set: SetName, known: number): Uint32Array => readWords(knownSetFile(set, known))

/** The files of the queries for a set: values as above; ids (u32) of the values that they were made from. */
export function queryFiles(set: SetName, known: number, radius: number, orientations: number): QueryFiles {
  const name = `${set}-${known}-r${radius}-o${orientations}.v${EDITION}`
  const files = {
    words: new URL(`${name}.queries.u32`, CACHE),
    ids: new URL(`${name}.ids.u32`, CACHE),
    distances: new URL(`${name}.distances.u32`, CACHE),
  }
  if (!Object.values(files).every((file) => existsSync(file))) {
    const planted = plantQueries(readKnownSet(set, known), QUERIES, radius, orientations)
    writeWords(files.words, planted.words)
    writeWords(files.ids, planted.ids)
    writeWords(files.distances, planted.distances)
  }
  return files
}

interface QueryFiles {
  readonly words: URL
  readonly ids: URL
  readonly distances: URL
}

export function readQueries(
  set: SetName,
  known: number,
  radius: number,
  orientations: number,
): PlantedQueries {
  const files = queryFiles(set, known, radius, orientations)
  return { words: readWords(files.words), ids: readWords(files.ids), distances: readWords(files.distances) }
}

function writeWords(file: URL, words: Uint32Array): void {
  mkdirSync(CACHE, { recursive: true })
  // A file that bears its name is whole.
  const partial = new URL(`${file.href}.partial`)
  const handle = openSync(partial, 'w')
  for (let at = 0; at < words.length; at += CHUNK_WORDS) {
    const chunk = words.subarray(at, at + CHUNK_WORDS)
    for (let done = 0; done < chunk.byteLength;) {
      done += writeSync(handle, chunk, done, chunk.byteLength - done)
    }
  }
  closeSync(handle)
  renameSync(partial, file)
}

function readWords(file: URL): Uint32Array {
  const bytes = new Uint8Array(statSync(file).size)
  const handle = openSync(file, 'r')
  for (let done = 0; done < bytes.length;) {
    done += readSync(handle, bytes, done, Math.min(bytes.length - done, CHUNK_WORDS * 4), null)
  }
  closeSync(handle)
  return new Uint32Array(bytes.buffer)
}
