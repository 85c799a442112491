// Measures kept answers on streams that repeat themselves: node bench/search/cache.ts [--n 1000000]. Queries are drawn
// from a million values by Zipf's law, as viral content is, or never repeat. Writes bench/results/search-cache.json.
import { parseArgs } from 'node:util'
import { DynamicIndex } from '../../src/search/dynamic/dynamic-index.ts'
import { randomValues, wordSource } from '../../src/sample/value-sets.ts'
import { writeResult } from '../machine.ts'

const { values: flags } = parseArgs({ options: { n: { type: 'string', default: '1000000' } } })
const known = Number(flags.n)
const DISTINCT = 1_000_000
const BATCH = 1024
/** Until it has been tried out whether kept answers pay. */
const WARM_UP = 150
const BATCHES = 300
const CACHED = 200_000

const next = wordSource(5)
const values = randomValues(known, next)
const asked = randomValues(DISTINCT, next)

/** Ranks drawn by Zipf's law with exponent 1: P(rank) is about 1 / (rank · ln DISTINCT). */
const zipf = (): number => Math.floor(DISTINCT ** (next() / 2 ** 32)) - 1

async function microsAQuery(cachedAnswers: number, repeats: boolean, mask: number): Promise<number> {
  const index = new DynamicIndex({ cachedAnswers })
  for (let at = 0; at < values.length; at += 8) index.add(values, at)
  await index.settle()
  const query = { maxDistanceBits: 31, limit: 64, orientations: { mask, maxDistanceBits: 31 } }
  const batch = new Uint32Array(BATCH * 8)
  const samples: number[] = []
  for (let round = 0; round < WARM_UP + BATCHES; round++) {
    const seen = new Set<number>()
    for (let n = 0; n < BATCH;) {
      // The matcher asks each value once a batch.
      const rank = repeats ? zipf() : (round * BATCH + n) % DISTINCT
      if (seen.has(rank)) continue
      seen.add(rank)
      batch.set(asked.subarray(rank * 8, rank * 8 + 8), n * 8)
      n++
    }
    const started = performance.now()
    index.search(batch, query)
    if (round >= WARM_UP) samples.push(((performance.now() - started) * 1000) / BATCH)
  }
  await index.close()
  return samples.sort((a, b) => a - b)[samples.length >> 1]
}

const rows: Record<string, string | number>[] = []
for (const [orientations, mask] of [
  [1, 1],
  [8, 255],
] as const) {
  for (const repeats of [true, false]) {
    const without = await microsAQuery(0, repeats, mask)
    const kept = await microsAQuery(CACHED, repeats, mask)
    const row = {
      stream: repeats ? 'Zipf' : 'no repetition',
      orientations,
      withoutMicros: Number(without.toFixed(2)),
      keptMicros: Number(kept.toFixed(2)),
      gain: Number((without / kept).toFixed(2)),
    }
    console.log(row)
    rows.push(row)
  }
}
writeResult('search-cache', {
  what: `${known.toLocaleString('en')} known hashes, batches of ${BATCH} different values drawn from ${DISTINCT.toLocaleString('en')}, ${CACHED.toLocaleString('en')} answers kept`,
  rows,
})
