// Measures the packed known set at 10,000,000 PDQ values with one entry each (source ids of 12 bytes, three sources):
// resident bytes a value by part, what a change costs, and what the matcher asks of it. Writes
// bench/results/known-set.json. Another number of entries may be given: node bench/search/known-set.ts 1000000.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { knownHashKey, type KnownHash, type KnownHashChange } from '../../src/contract/known-hash.ts'
import { packed, unpackHex } from '../../src/hash/hash-value.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { wordSource } from '../../test/search/kernel-value-sets.ts'
import { writeResult } from '../machine.ts'

const ENTRIES = Number(process.argv[2] ?? 10_000_000)
const SOURCES = ['ncmec', 'iwf', 'vics'] as const
const ASKED = 20_000

setFlagsFromString('--expose-gc')
// The flag makes this function.
const collectGarbage = runInNewContext('gc') as () => void

const rounded = (figure: number, digits = 3): number => Number(figure.toPrecision(digits))

const nextWord = wordSource(1)
const words = new Uint32Array(8)

/** The change that adds entry `number`; its value is random. */
function change(number: number): KnownHashChange {
  for (let word = 0; word < 8; word++) words[word] = nextWord()
  const entry: KnownHash = {
    schema: 'known-hash/1',
    type: 'pdq',
    value: unpackHex(words, 0, 8),
    source: SOURCES[number % SOURCES.length],
    sourceId: String(number).padStart(12, '0'),
    classification: { scheme: 'ncmec', code: number % 2 === 0 ? 'A1' : 'B2' },
    role: 'match',
    purpose: 'csam',
    handling: { audience: 'this-deployment', onward: 'none' },
    addedAt: new Date(1_700_000_000_000 + Math.floor(number / 1000) * 1000)
      .toISOString()
      .replace('.000Z', 'Z'),
  }
  return { identity: entry, key: knownHashKey(entry), entry }
}

const residentBytes = (): number => {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage.rss()
}

/** Microseconds that each of `items` takes, on average. */
function microsEach<T>(items: readonly T[], ask: (item: T) => void): number {
  const started = performance.now()
  for (const item of items) ask(item)
  return rounded(((performance.now() - started) / items.length) * 1000)
}

const set = new PackedKnownSet()
const kept: KnownHashChange[] = []
const residentBefore = residentBytes()
let applyMs = 0
let longestMs = 0
let longestCpuMicros = 0
for (let number = 0; number < ENTRIES; number++) {
  const one = change(number)
  if (number % Math.floor(ENTRIES / ASKED) === 0) kept.push(one)
  const cpuBefore = process.threadCpuUsage()
  const started = performance.now()
  set.apply(one, number)
  const took = performance.now() - started
  applyMs += took
  longestMs = Math.max(longestMs, took)
  if (took < 1) continue
  const { user, system } = process.threadCpuUsage(cpuBefore)
  longestCpuMicros = Math.max(longestCpuMicros, user + system)
}
const settleStarted = performance.now()
await set.settle()
const settleSeconds = (performance.now() - settleStarted) / 1000

const resident = residentBytes() - residentBefore
const { values, lists, postings } = set.memoryBytes()
const ids = kept.map(
  ({ identity }) => set.search('pdq', packed(identity.value), { maxDistanceBits: 0, limit: 1 }).ids[0],
)
const replacements = kept.map((one) => ({
  ...one,
  entry: one.entry && { ...one.entry, addedAt: '2026-01-02T03:04:05.678Z' },
}))

const result = {
  what: 'PDQ values with one entry each, source ids of 12 bytes, three sources, in the packed known set',
  entries: set.entries,
  bytesAValue: {
    everything: rounded(resident / ENTRIES, 4),
    index: rounded((resident - values - lists - postings) / ENTRIES, 4),
    tableOfValues: rounded(values / ENTRIES, 4),
    lists: rounded(lists / ENTRIES, 4),
    postings: rounded(postings / ENTRIES, 4),
  },
  applyMicros: rounded((applyMs / ENTRIES) * 1000),
  longestApplyMs: { ofThisThread: rounded(longestCpuMicros / 1000), byTheClock: rounded(longestMs) },
  settleSeconds: rounded(settleSeconds),
  micros: {
    entriesOf: microsEach(ids, (id) => set.entriesOf('pdq', id)),
    valueOf: microsEach(ids, (id) => set.valueOf('pdq', id)),
    replace: microsEach(replacements, (one) => set.apply(one, ENTRIES)),
    remove: microsEach(kept, (one) => set.apply({ ...one, entry: null }, ENTRIES)),
  },
}
console.log(result)
if (set.entries !== ENTRIES - kept.length) throw new Error(`${set.entries} entries are left.`)
writeResult('known-set', result)
process.exit(0)
