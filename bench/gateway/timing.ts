// Does the time of an answer tell whether a hash is known? Requests of one report each, of known and of unknown hashes by
// chance, to one gateway process; their times are compared by the test of Mann and Whitney. A control, whose known hashes take
// 50 µs longer at the client, shows that the test would find that much. Writes bench/results/gateway-timing.json.
//
// `node bench/gateway/timing.ts [--requests 20000] [--seed 1] [--dry]`
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { encodeKnownHash, knownHashKey } from '../../src/contract/known-hash.ts'
import { canaryEntry } from '../../src/contract/canary.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import { randomMd5 } from '../pipeline/known-values.ts'
import { GatewaySite } from './gateway-site.ts'
import { mannWhitney } from './mann-whitney.ts'
import { OneConnection } from './one-connection.ts'

const PLANTED_MS = 0.05
const WARM_REQUESTS = 2_000
const PUT_AT_ONCE = 5_000
/** Chance alone deviates that much once in a thousand runs. */
const SIGNIFICANT = 0.001

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    /** Prints, and writes nothing. */
    dry: { type: 'boolean', default: false },
  },
})
const requests = Number(flags.requests)
const random = seededRandom(Number(flags.seed))
const values = (): readonly HashValue[] => Array.from({ length: requests }, () => randomMd5(random))

/** Milliseconds of each request, of known and of unknown hashes in an order of chance. */
async function times(
  connection: OneConnection,
  known: readonly HashValue[],
  unknown: readonly HashValue[],
  plantedMs: number,
) {
  const asked = [
    ...known.map((value) => ({ value, isKnown: true })),
    ...unknown.map((value) => ({ value, isKnown: false })),
  ]
  for (let at = asked.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[asked[at], asked[other]] = [asked[other], asked[at]]
  }
  const taken = { known: [] as number[], unknown: [] as number[] }
  for (const { value, isKnown } of asked) {
    const beganMs = performance.now()
    await connection.send(value)
    const untilMs = performance.now() + (isKnown ? plantedMs : 0)
    while (performance.now() < untilMs);
    taken[isKnown ? 'known' : 'unknown'].push(performance.now() - beganMs)
  }
  return taken
}

const micros = (ms: number): number => Math.round(ms * 1_000)

function compared({ known, unknown }: { readonly known: number[]; readonly unknown: number[] }) {
  const { z, p } = mannWhitney(known, unknown)
  return {
    medianMicros: { known: micros(median(known)), unknown: micros(median(unknown)) },
    z: Math.round(z * 100) / 100,
    p,
    isDistinguishable: p < SIGNIFICANT,
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hashwarden-bench-timing-'))
const broker = await startJavaBroker({ dataDir: join(folder, 'broker') })
try {
  await using site = await GatewaySite.start(broker.brokers, folder)
  const known = values()
  const entry = canaryEntry('md5')
  for (let from = 0; from < known.length; from += PUT_AT_ONCE)
    await site.log.produce(
      site.settings.topics.knownHashes,
      known.slice(from, from + PUT_AT_ONCE).map((value, at) => {
        const listed = { ...entry, role: 'match' as const, source: 'bench', sourceId: `${from + at}`, value }
        return { key: knownHashKey(listed), value: encodeKnownHash(listed) }
      }),
    )
  const connection = new OneConnection(site.url, site.key)
  for (const value of values().slice(0, WARM_REQUESTS)) await connection.send(value)
  const measured = compared(await times(connection, known, values(), 0))
  const control = compared(await times(connection, known, values(), PLANTED_MS))
  connection.close()
  const result = {
    what: 'Times of answers to requests of one report each, of known against unknown hashes, over one connection; the control takes 50 µs longer for known ones',
    requestsEach: requests,
    measured,
    control: { plantedMicros: PLANTED_MS * 1_000, ...control },
  }
  console.log(JSON.stringify(result, null, 2))
  if (!flags.dry) writeResult('gateway-timing', result)
  if (measured.isDistinguishable || !control.isDistinguishable) process.exitCode = 1
} finally {
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
}
