import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test, vi } from 'vitest'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { hashPictures } from '../../src/cli/local/pictures.ts'
import { makeReport } from '../../src/hashing/make-report.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { IMAGES_FOLDER, photographs } from '../../src/sample/photographs.ts'
import { knownHash } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'

/** What would count as a trace of a picture: so many bytes of it in a row, that aren't just a flat area. */
const WINDOW_BYTES = 32
const MIN_DISTINCT_BYTES = 16
/** Any window of 32 bytes holds a whole block of 8 that begins at a multiple of 8. */
const BLOCK_BYTES = 8

/** Finds windows of pictures in other bytes: their aligned blocks are indexed, and each hit is grown and checked. */
class TraceFinder {
  readonly #sources: readonly Buffer[]
  /** Block → where it stands, as source and offset. */
  readonly #blocks = new Map<bigint, [source: number, offset: number][]>()

  /** Which first three bytes blocks have: sifts out most positions before the look-up. */
  readonly #begins = new Uint8Array(1 << 24)

  constructor(sources: readonly Buffer[]) {
    this.#sources = sources
    for (const [source, bytes] of sources.entries()) {
      for (let offset = 0; offset + BLOCK_BYTES <= bytes.length; offset += BLOCK_BYTES) {
        const block = bytes.readBigUInt64LE(offset)
        this.#begins[bytes.readUIntLE(offset, 3)] = 1
        const places = this.#blocks.get(block)
        // A block that repeats often is a flat area, whose windows don't count.
        if (!places) this.#blocks.set(block, [[source, offset]])
        else if (places.length < 64) places.push([source, offset])
      }
    }
  }

  /** Whether a window of any source stands anywhere in these bytes. */
  isIn(bytes: Buffer): boolean {
    for (let at = 0; at + BLOCK_BYTES <= bytes.length; at++) {
      if (this.#begins[bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)] === 0) continue
      // Zeros of preallocated files.
      if (bytes[at] === 0 && bytes[at + 7] === 0) continue
      const places = this.#blocks.get(bytes.readBigUInt64LE(at))
      if (places?.some(([source, offset]) => this.#grows(bytes, at, this.#sources[source], offset)))
        return true
    }
    return false
  }

  #grows(bytes: Buffer, at: number, source: Buffer, offset: number): boolean {
    let before = 0
    while (
      before < WINDOW_BYTES &&
      source[offset - before - 1] === bytes[at - before - 1] &&
      at - before > 0 &&
      offset - before > 0
    )
      before++
    let after = BLOCK_BYTES
    while (
      after < WINDOW_BYTES &&
      source[offset + after] === bytes[at + after] &&
      offset + after < source.length
    )
      after++
    for (let start = at - before; start + WINDOW_BYTES <= at + after; start++) {
      if (new Set(bytes.subarray(start, start + WINDOW_BYTES)).size >= MIN_DISTINCT_BYTES) return true
    }
    return false
  }
}

/** A file's bytes; none if it is gone meanwhile, as those are that the running broker replaces. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function* filesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesUnder(path)
    else if (entry.isFile()) yield path
  }
}

test('after a run nothing of any picture is in the broker’s files, the records, the logs or the temporary files', async () => {
  // This run's temporary files alone: other tests hash pictures meanwhile. Child processes take it over.
  const temporary = mkdtempSync(join(tmpdir(), 'hashwarden-no-media-'))
  vi.stubEnv('TMPDIR', temporary)
  const dataDir = join(temporary, 'broker')
  const broker = await startJavaBroker({ dataDir })
  try {
    await using deployment = await Deployment.on(broker.brokers)
    const demo = await hashPictures(IMAGES_FOLDER, () => {})
    const known = demo.pictures.flatMap(({ hashes }) =>
      hashes.map(({ type, value }) => knownHash(type, value)),
    )
    await deployment.addKnown(...known)
    await deployment.startMatcher()
    await deployment.submit(...demo.copies.map(({ hashes }) => makeReport('demo', hashes)))
    await deployment.untilAllMatched()
    expect((await deployment.hits()).length).toBeGreaterThan(100)

    const pictures = photographs().map(({ path }) => readFileSync(path))
    const pixels = await Promise.all(pictures.map((picture) => sharp(picture).raw().toBuffer()))
    const finder = new TraceFinder([...pictures, ...pixels])
    const records: Buffer[] = []
    const { reports, knownHashes, hits, deadLetters } = deployment.settings.topics
    for (const topic of [reports, knownHashes, hits, deadLetters]) {
      await readToEnd(deployment.log, topic, ({ key, value }) => {
        for (const bytes of [key, value]) if (bytes) records.push(Buffer.from(bytes))
      })
    }
    const inRecords = finder.isIn(Buffer.concat(records))
    expect(deployment.folder.startsWith(temporary)).toBe(true)
    const traced = [...filesUnder(temporary)].filter((file) => finder.isIn(contentOf(file)))
    expect({ inRecords, traced }).toEqual({ inRecords: false, traced: [] })

    // The same scan finds a window planted on purpose, of a file and of pixels, at an odd place.
    for (const source of [pictures[3], pixels[3]]) {
      const planted = Buffer.concat([
        Buffer.alloc(1001, 'log line '),
        source.subarray(5003, 5003 + WINDOW_BYTES + 7),
      ])
      expect(finder.isIn(planted)).toBe(true)
    }
  } finally {
    await broker.stop()
    vi.unstubAllEnvs()
    rmSync(temporary, { recursive: true, force: true })
  }
})
