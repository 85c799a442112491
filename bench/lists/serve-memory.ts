// What the process that shares known hashes holds in memory, each number of entries in a process of its own. Writes
// bench/results/lists-serve.json.
//
// `node bench/lists/serve-memory.ts [--entries 1000000 --entries 10000000]`
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  decodeEntry,
  knownHashKey,
  parseTypedValue,
  type EntryChange,
} from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { ClientView } from '../../src/lists/serve/client-view.ts'
import { SharedFiles } from '../../src/lists/serve/shared-files.ts'
import { writeResult } from '../machine.ts'

const MIB = 2 ** 20
/** Of changes; the first one asks for all from the beginning. */
const PAGES = 20
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

/** Of this process. */
function measure(entries: number) {
  const before = resident()
  const files = new SharedFiles()
  const beganMs = performance.now()
  for (let n = 0; n < entries; n++) {
    const change = changeOf(n)
    if (change) files.apply(change, n, 1_767_225_600_000 + n)
  }
  const seconds = (performance.now() - beganMs) / 1_000
  const memoryMiB = resident() - before
  const view = new ClientView({ sources: ['a-list'], audiences: ['members'] }, files.terms)
  const askedMs = performance.now()
  let start = 0
  for (let page = 0; page < PAGES; page++)
    start = files.page({ view, from: 0, to: 2 ** 31, start }).next?.start ?? 0
  return {
    entries,
    files: files.size,
    memoryMiB: Math.round(memoryMiB),
    // While the tables grow, the old and the new one are there.
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024 - before),
    bytesPerEntry: Math.round((memoryMiB * MIB) / entries),
    entriesPerSecond: Math.round(entries / seconds),
    pageMs: Math.round((10 * (performance.now() - askedMs)) / PAGES) / 10,
  }
}

/** In a process of its own, so that each begins with an empty memory. */
function measuredAlone(entries: string): unknown {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), '--alone', '--entries', entries]
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`The run with ${entries} entries ended with ${status}.`)
  console.log(stdout.trimEnd())
  return JSON.parse(stdout)
}

const { values } = parseArgs({
  options: {
    entries: { type: 'string', multiple: true, default: ['1000000', '10000000'] },
    alone: { type: 'boolean', default: false },
  },
})
if (values.alone) console.log(JSON.stringify(measure(Number(values.entries[0]))))
else
  writeResult('lists-serve', {
    what: 'entries of known-hashes in the memory of `hashwarden hashset serve`, a PDQ hash and an MD5 for each file; reading includes making the records',
    sets: values.entries.map(measuredAlone),
  })
