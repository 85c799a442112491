// Measures the kernel indices: node bench/search/kernel.ts --n 1000000 --batches 1,64,4096 [--radius 31]
// [--orientations 255] [--strategy flat|direct|stream] [--set clusters|crowd|flood] [--export DIR]. Values are
// random unless another set is named; every other query is planted, uniformly at distances 0 to the radius, and
// must be found. Prints microseconds a query: the median of several batches (of single queries: the median
// query), and the least, which neighbours on a shared machine disturb less.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { transpose } from '../../src/hash/orientation.ts'
import type { RadiusQuery } from '../../src/search/hamming-index.ts'
import { MultiIndex } from '../../src/search/multi-index.ts'
import { flipBits, randomValues, wordSource } from '../../test/search/kernel-value-sets.ts'

const { values: flags } = parseArgs({
  options: {
    set: { type: 'string', default: 'random' },
    n: { type: 'string', default: '1000000' },
    batches: { type: 'string', default: '1,64,1024,4096,16384' },
    radius: { type: 'string', default: '31' },
    orientations: { type: 'string', default: '1' },
    strategy: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    export: { type: 'string' },
  },
})

const size = Number(flags.n)
const radius = Number(flags.radius)
const mask = Number(flags.orientations)
const next = wordSource(size)
/** Groups of 500 near-duplicates make a tenth of the set: frames of one video. */
function clusteredValues(): Uint32Array {
  const all = randomValues(size, next)
  for (let n = 0; n < size / 10; n++) {
    const centre = n - (n % 500)
    if (n === centre) continue
    all.copyWithin(n * 8, centre * 8, centre * 8 + 8)
    flipBits(all, n * 8, 1 + (next() % 24), next)
  }
  return all
}

/** All values within 60 bits of each other. */
function crowdedValues(): Uint32Array {
  const all = randomValues(size, next)
  for (let n = 1; n < size; n++) {
    all.copyWithin(n * 8, 0, 8)
    flipBits(all, n * 8, 16 + (next() % 15), next)
  }
  return all
}

/** One bucket of the first table holds everything. */
function floodedValues(): Uint32Array {
  const all = randomValues(size, next)
  for (let at = 0; at < all.length; at += 8) {
    all[at + 7] &= ~0x5555
    all[at + 6] &= ~0x5555
  }
  return all
}

const SETS = new Map([
  ['random', () => randomValues(size, next)],
  ['clusters', clusteredValues],
  ['crowd', crowdedValues],
  ['flood', floodedValues],
])
const make = SETS.get(flags.set)
if (!make) throw new Error(`--set is one of ${[...SETS.keys()].join(', ')}`)
const values = make()
const query: RadiusQuery = {
  maxDistanceBits: radius,
  limit: 64,
  ...(mask > 1 ? { orientations: { mask, maxDistanceBits: radius } } : {}),
}

const QUERIES = 65_536
const queries = randomValues(QUERIES, next)
const planted = new Uint32Array(QUERIES).fill(0xffffffff)
for (let n = 0; n < QUERIES; n += 2) {
  const id = next() % size
  planted[n] = id
  queries.set(values.subarray(id * 8, id * 8 + 8), n * 8)
  flipBits(queries, n * 8, next() % (radius + 1), next)
  // With turned copies asked for, half of the plants are transposed.
  if (mask > 15 && n % 4 === 0) transpose(queries.slice(n * 8, n * 8 + 8), 0, queries, n * 8)
}
if (flags.export) {
  writeFileSync(join(flags.export, `values-${size}.u32`), values)
  writeFileSync(join(flags.export, `queries-${size}.u32`), queries)
}

let started = performance.now()
const index = MultiIndex.build(values)
console.log(`build ${size}: ${((performance.now() - started) / 1000).toFixed(2)} s`)
if (flags.strategy === 'flat' || flags.strategy === 'direct' || flags.strategy === 'stream') {
  index.strategy = flags.strategy
}

const median = (samples: number[]): number => samples.sort((a, b) => a - b)[samples.length >> 1]

for (const batch of flags.batches.split(',').map(Number)) {
  const samples: number[] = []
  let found = 0
  let wanted = 0
  const until = performance.now() + Number(flags.seconds) * 1000
  for (let from = 0, round = 0; performance.now() < until || round < 3; round++) {
    const own = queries.subarray(from * 8, (from + batch) * 8)
    started = performance.now()
    const matches = index.search(own, query)
    samples.push(((performance.now() - started) * 1000) / batch)
    for (let n = 0; n < batch; n++) {
      if (planted[from + n] === 0xffffffff) continue
      wanted++
      const ids = matches.ids.subarray(matches.starts[n], matches.starts[n + 1])
      if (ids.includes(planted[from + n])) found++
    }
    from = from + 2 * batch > QUERIES ? 0 : from + batch
  }
  const cost = median(samples.slice(samples.length > 3 ? 1 : 0))
  const least = Math.min(...samples.slice(0, 10_000))
  console.log(
    `N ${size} r ${radius} mask ${mask} batch ${batch}: ${cost.toFixed(2)} us/query (least ${least.toFixed(2)}), recall ${found}/${wanted}`,
  )
}
