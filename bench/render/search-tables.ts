// What the search benchmark measured, in words and tables.
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import type { BenchmarkResult } from '../search/benchmark.ts'
import type { EngineName, Row } from '../search/jobs.ts'
import { cheapest, curve, exponent, micros, pick, times } from './search-rows.ts'
import { on, table } from './table.ts'

/** What live matching asks at once, at most (ENOUGH_REPORTS in src/stream/threads/prefilter-batcher.ts). */
const LIVE_BATCH = 1_024
/** What `hashwarden search` asks at once: offline there is time to wait for more queries. */
const LARGEST_BATCH = 16_384
const PEERS: readonly (readonly [EngineName, string])[] = [
  ['faiss-flat', 'faiss IndexBinaryFlat'],
  ['faiss-multihash', 'faiss IndexBinaryMultiHash'],
  ['pdqindex', 'threatexchange PDQIndex'],
  ['mnemonist-bk-tree', 'mnemonist BKTree'],
  ['bk-tree', 'hashwarden’s BK-tree'],
]
const WITHOUT_AVX512 = ['faiss-flat-avx2', 'the same without AVX-512'] as const
const NOTHING = '–'

const count = (value: number): string => value.toLocaleString('en')
const sizesOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.map(({ known }) => known))].sort((a, b) => a - b)
const batchesOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.map(({ batch }) => batch))].sort((a, b) => a - b)
const cost = (row: Row | undefined): string => (row ? micros(row.micros) : NOTHING)
const meanCost = (row: Row | undefined): string => (row ? micros(row.meanMicros) : NOTHING)
const leastMean = (rows: readonly Row[]): Row | undefined =>
  rows.reduce<Row | undefined>(
    (best, row) => (best && best.meanMicros <= row.meanMicros ? best : row),
    undefined,
  )
const share = (row: Row | undefined): string =>
  row?.visited === undefined ? NOTHING : `${Number((row.visited * 100).toPrecision(3))} %`

/** The table for a first look: each peer at its best batch, and how many times our cost that is, at live batches. */
export function againstPeers({ rows, machine }: BenchmarkResult): string {
  const ours = curve(rows, 'multi-index', LIVE_BATCH)
  const at = (known: number, batch: number): string =>
    cost(pick(rows, { engine: 'multi-index', known, batch })[0])
  const measured = PEERS.filter(([engine]) => rows.some((row) => row.engine === engine))
  const body = ours.map((own) => [
    count(own.known),
    `**${micros(own.micros)}**`,
    at(own.known, LARGEST_BATCH),
    at(own.known, 1),
    ...measured.map(([engine]) => {
      const best = cheapest(pick(rows, { engine, known: own.known }))
      return best ? `${micros(best.micros)} (${times(best.micros / own.micros)})` : NOTHING
    }),
  ])
  const head = [
    'known hashes',
    `**hashwarden**, batches of ${count(LIVE_BATCH)}, as in production`,
    `hashwarden, batches of ${count(LARGEST_BATCH)}, offline`,
    'hashwarden, one at a time',
    ...measured.map(([, name]) => name),
  ]
  const slope = exponent(ours, 1_000_000)
  const grows = slope
    ? ` From a million known hashes on, its cost grows with N to the power of ${slope}.`
    : ''
  return `**Similarity search, in microseconds a query**: all known hashes within 31 of 256 bits, exactly, on one thread; half of the queries planted at distances 0 to 31, all of them found. Live matching asks up to about a thousand queries at once, so that column is in bold. Each peer at its best batch; in brackets, how many times the cost in bold.${grows}

${table(head, body)}

(${on(machine)})`
}

function byBatch({ rows }: BenchmarkResult): string {
  const engines = [['multi-index', 'hashwarden'], ...PEERS] as const
  const all = pick(rows, {}).filter(({ known }) => known >= 100_000)
  const batches = batchesOf(pick(rows, { engine: 'multi-index' }))
  const body = sizesOf(all).flatMap((known) =>
    engines.flatMap(([engine, name]) => {
      const own = pick(all, { engine, known })
      if (own.length === 0) return []
      return [[count(known), name, ...batches.map((batch) => cost(own.find((row) => row.batch === batch)))]]
    }),
  )
  return `## By batch

Microseconds a query, by the number of queries in a batch. – : not measured, because it should take more than 15 seconds (faiss gains nothing from larger batches) or is asked one at a time.

${table(['known hashes', 'index', ...batches.map(count)], body)}`
}

function flatScans({ rows }: BenchmarkResult): string {
  const engines = [PEERS[0], WITHOUT_AVX512] as const
  const body = curve(rows, 'flat-simd').map((own) => [
    count(own.known),
    micros(own.micros),
    ...engines.map(([engine]) => {
      const best = cheapest(pick(rows, { engine, known: own.known }))
      return best ? `${micros(best.micros)} (${times(own.micros / best.micros)})` : NOTHING
    }),
  ])
  return `## Flat scans

Microseconds a query of comparing everything, each at its best batch: ours in WebAssembly (128 bits at once, on every machine) and faiss’s; in brackets, how many times faiss’s cost ours is.

${table(['known hashes', 'our flat scan', ...engines.map(([, name]) => name)], body)}`
}

function bySet({ rows }: BenchmarkResult): string {
  const names = [
    ['uniform', 'uniform: every bit by chance'],
    ['natural', 'natural: a fifth in groups of 2 to 500 near-duplicates'],
    ['crowd', 'adversarial: all within 60 bits of each other'],
    ['flood', 'adversarial: one bucket holds everything'],
  ] as const
  const sizes = sizesOf(rows.filter(({ set }) => set !== 'uniform'))
  const body = sizes.flatMap((known) =>
    names.flatMap(([set, name]) => {
      const ours = pick(rows, { engine: 'multi-index', set, known })
      if (ours.length === 0) return []
      const peer = (engine: EngineName): string => meanCost(leastMean(pick(rows, { engine, set, known })))
      const counted = pick(rows, { engine: 'multi-index', set, known, limit: 0 })
      const at = (batch: number): string => meanCost(ours.find((row) => row.batch === batch))
      const largest = ours.reduce((most, row) => (row.batch > most.batch ? row : most))
      return [
        [
          count(known),
          name,
          count(Number(largest.matches.toPrecision(3))),
          at(1),
          at(4096),
          at(LARGEST_BATCH),
          meanCost(counted.find(({ batch }) => batch === LARGEST_BATCH)),
          ...(['faiss-flat', 'faiss-multihash', 'pdqindex'] as const).map(peer),
        ],
      ]
    }),
  )
  const head = [
    'known hashes',
    'set',
    'matches a query',
    'one at a time',
    'batches of 4,096',
    `of ${count(LARGEST_BATCH)}`,
    'the same, counting only',
    ...PEERS.slice(0, 3).map(([, name]) => name),
  ]
  return `## By set

Microseconds a query: the mean, because against an adversary’s set planted queries cost more than others. hashwarden writes out the best 64 matches and counts the others; faiss writes out all.

${table(head, body)}`
}

function byOrientations({ rows }: BenchmarkResult): string {
  const masks = [
    [0b1, 'as it is'],
    [0b1111, 'and mirrored: four'],
    [0b11111111, `and turned: all ${ORIENTATIONS.length}`],
  ] as const
  const ours = rows.filter(({ engine, set }) => engine === 'multi-index' && set === 'uniform')
  const turned = ours.filter(({ orientations }) => orientations > 1)
  const body = sizesOf(turned).flatMap((known) =>
    batchesOf(turned.filter((row) => row.known === known)).map((batch) => {
      const plain = cost(pick(ours, { known, batch })[0])
      const cells = masks.slice(1).map(([orientations]) => {
        const [row] = pick(ours, { known, batch, orientations })
        const [base] = pick(ours, { known, batch })
        return row && base ? `${micros(row.micros)} (${times(row.micros / base.micros)})` : NOTHING
      })
      return [count(known), count(batch), plain, ...cells]
    }),
  )
  return `## Orientations

Microseconds a query, hashwarden; in brackets, against the search of the picture as it is.

${table(['known hashes', 'batch', ...masks.map(([, name]) => name)], body)}`
}

function byRadius({ rows }: BenchmarkResult): string {
  const ours = rows.filter(({ engine, set }) => engine === 'multi-index' && set === 'uniform')
  const radii = [...new Set(ours.map(({ radius }) => radius))].sort((a, b) => a - b)
  const wide = ours.filter(({ radius }) => radius !== 31)
  const body = sizesOf(wide).flatMap((known) =>
    batchesOf(wide.filter((row) => row.known === known)).map((batch) => [
      count(known),
      count(batch),
      ...radii.map((radius) => cost(pick(ours, { known, batch, radius })[0])),
    ]),
  )
  return `## Radius

Microseconds a query, hashwarden.

${table(['known hashes', 'batch', ...radii.map((radius) => `radius ${radius}`)], body)}`
}

function trees({ rows }: BenchmarkResult): string {
  const own = rows.filter(({ visited }) => visited !== undefined)
  const radii = [...new Set(own.map(({ radius }) => radius))].sort((a, b) => a - b)
  const body = sizesOf(own).flatMap((known) =>
    radii.map((radius) => {
      const ours = cheapest(pick(own, { engine: 'bk-tree', known, radius }))
      const theirs = cheapest(pick(own, { engine: 'mnemonist-bk-tree', known, radius }))
      return [count(known), radius, cost(ours), cost(theirs), share(ours), share(theirs)]
    }),
  )
  const head = [
    'known hashes',
    'radius',
    'hashwarden’s BK-tree: µs',
    'mnemonist: µs',
    'nodes that ours visits',
    'nodes that mnemonist visits',
  ]
  return `## BK-trees by radius

Microseconds a query, and the share of the tree's nodes that it is compared with. A BK-tree is for small radii.

${table(head, body)}`
}

function growth({ rows }: BenchmarkResult): string {
  const batches = batchesOf(pick(rows, { engine: 'multi-index' }))
  const body = [
    ...batches.map(
      (batch) => [`hashwarden, batch ${count(batch)}`, curve(rows, 'multi-index', batch)] as const,
    ),
    ...PEERS.map(([engine, name]) => [name, curve(rows, engine)] as const),
  ].map(([name, points]) => [
    name,
    exponent(points, 10_000) ?? NOTHING,
    exponent(points, 1_000_000) ?? NOTHING,
  ])
  return `## Growth

The exponent e of the power law N^e that fits the cost against the number of known hashes best.

${table(['index', 'from 10,000', 'from 1,000,000'], body)}`
}

/** Everything measured, for bench/results/README.md. */
export function allTables(results: BenchmarkResult): string {
  const { versions } = results
  const peers = versions['faiss']
    ? `\n\nPeers: faiss ${versions['faiss']} (compiled with ${versions['faissCompileOptions']}; running at ${versions['faissSimdLevel']} with ${versions['faissThreads']} thread), threatexchange ${versions['threatexchange']}, Python ${versions['python']}.`
    : ''
  const parts = [byBatch, flatScans, bySet, byOrientations, byRadius, growth, trees].map((part) =>
    part(results),
  )
  return `${againstPeers(results)}${peers}\n\n${parts.join('\n\n')}`
}
