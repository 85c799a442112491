// What the endpoint that shares known hashes holds in memory: `node --expose-gc bench/lists/serve-memory.ts [entries]`.
import { createHash } from 'node:crypto'
import {
  decodeEntry,
  knownHashKey,
  parseTypedValue,
  type EntryChange,
} from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { ClientView } from '../../src/lists/serve/client-view.ts'
import { SharedFiles } from '../../src/lists/serve/shared-files.ts'

const MIB = 2 ** 20
const entries = Number(process.argv[2] ?? 1_000_000)
/** A PDQ hash and an MD5, as most files have. */
const TYPES = [
  ['pdq', 64],
  ['md5', 32],
] as const

/** Undefined for the few values that are degenerate. */
function changeOf(n: number): EntryChange | undefined {
  const [name, length] = TYPES[n % TYPES.length]
  const digits = createHash('sha512').update(String(n)).digest('hex').slice(0, length)
  const hash = parseTypedValue(name, digits)
  if (hash === undefined) throw new Error('The digits are a value.')
  const identity = { ...hash, source: 'a-list', sourceId: `file-${Math.floor(n / TYPES.length)}` }
  const key = knownHashKey(identity)
  const change = decodeEntry(
    Buffer.from(key),
    Buffer.from(
      JSON.stringify({
        schema: 'known-hash/1',
        ...identity,
        classification: { scheme: 'ncmec', code: 'A1' },
        role: 'match',
        purpose: 'csam',
        handling: { audience: 'members', onward: 'same-audience' },
        addedAt: '2026-01-01T00:00:00Z',
      }),
    ),
  )
  return change instanceof Rejection ? undefined : change
}

const resident = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().rss / MIB
}

const before = resident()
const files = new SharedFiles()
const began = performance.now()
for (let n = 0; n < entries; n++) {
  const change = changeOf(n)
  if (change) files.apply(change, n, 1_767_225_600_000 + n)
}
const seconds = (performance.now() - began) / 1_000
const memoryMiB = resident() - before
const view = new ClientView({ sources: ['a-list'], audiences: ['members'] }, files.terms)
const asked = performance.now()
const pages = 20
let start = 0
for (let page = 0; page < pages; page++)
  start = files.page({ view, from: 0, to: 2 ** 31, start }).next?.start ?? 0
console.log(
  JSON.stringify({
    entries,
    files: files.size,
    memoryMiB: Math.round(memoryMiB),
    bytesPerEntry: Math.round((memoryMiB * MIB) / entries),
    entriesPerSecond: Math.round(entries / seconds),
    pageMs: Math.round((10 * (performance.now() - asked)) / pages) / 10,
  }),
)
