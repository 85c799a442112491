// How fast a VICS file is read: our reader, with all that it makes of a record, beside the bare parser that it could have
// been built on, in one run. A gigabyte file is read in a process of its own, for its memory.
//
// `node bench/lists/vics.ts [--records 200000] [--runs 7] [--gigabytes 5]`
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { JSONParser } from '@streamparser/json'
import { JsonSplitter } from '../../src/lists/formats/json/splitter.ts'
import { readVics } from '../../src/lists/formats/vics.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'

const CHUNK_BYTES = 64 * 1024
const HEAD =
  '{"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media","value":['
const TAIL = ']}'

const random = seededRandom(1)
const digits = (count: number): string =>
  Array.from({ length: count }, () => '0123456789ABCDEF'[Math.floor(random() * 16)]).join('')

/** A record as Project VIC's lists have them: hashes, category and flags, no content. Every fourth has PhotoDNA. */
const record = (id: number): string =>
  JSON.stringify({
    MediaID: id,
    Category: 1 + (id % 2),
    MD5: digits(32),
    SHA1: digits(40),
    MediaSize: `${1_000 + id}`,
    DateUpdated: '2023-06-07T02:31:49.8300Z',
    VictimIdentified: id % 8 === 0 ? 'True' : 'False',
    OffenderIdentified: 'False',
    IsDistributed: 'Unknown',
    IsPrecategorized: 'True',
    Series: id % 16 === 0 ? `Made-up series ${id % 100}` : null,
    Tags: null,
    Comments: null,
    AlternativeHashes:
      id % 4 === 0
        ? [{ HashName: 'PhotoDNA', HashValue: Buffer.from(digits(288), 'hex').toString('base64') }]
        : [],
  })

/** The records of a list, each with a comma after it but the last one. */
const recordsText = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => record(at + 1)).join(','))

async function* pieces(text: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += CHUNK_BYTES) yield text.subarray(at, at + CHUNK_BYTES)
}

/** Reads a text and returns how many records it found. */
type Reader = (text: Buffer) => Promise<number>

const READERS: Readonly<Record<string, Reader>> = {
  'our reader, to items': async (text) => {
    let files = 0
    for await (const items of readVics(pieces(text)))
      for (const { kind } of items) if (kind === 'file') files++
    return files
  },
  'our splitter, all members': async (text) => {
    let records = 0
    const route = { members: new Map([['value', { elements: { record: { kind: 'media' } } }]]) }
    const splitter = new JsonSplitter(route, { record: () => records++, refused: () => {} })
    for await (const piece of pieces(text)) splitter.push(piece)
    splitter.end()
    return records
  },
  '@streamparser/json, bare': async (text) => {
    let records = 0
    const parser = new JSONParser({ paths: ['$.value.*'], keepStack: false })
    parser.onValue = () => {
      records++
    }
    for await (const piece of pieces(text)) parser.write(piece)
    return records
  },
}

/** Seconds of processor time of this process, with those of its collector of garbage. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function measure(records: number, runs: number): Promise<object> {
  const text = Buffer.concat([Buffer.from(HEAD), recordsText(records), Buffer.from(TAIL)])
  const seconds = new Map(Object.keys(READERS).map((name) => [name, [] as number[]]))
  // The first run of each warms up and isn't counted; then they take turns.
  for (let run = 0; run <= runs; run++)
    for (const [name, read] of Object.entries(READERS)) {
      const before = cpuSeconds()
      const found = await read(text)
      const taken = cpuSeconds() - before
      if (found !== records) throw new Error(`${name} found ${found} of ${records} records`)
      if (run > 0) seconds.get(name)?.push(taken)
    }
  const rates = [...seconds].map(([reader, samples]) => {
    const middle = median(samples)
    return {
      reader,
      recordsACpuSecond: Math.round(records / middle),
      megabytesACpuSecond: Number((text.length / middle / 1e6).toFixed(1)),
    }
  })
  const [ours, , bare] = rates
  return {
    what: `VICS 2.0, ${records} records of ${Math.round(text.length / records)} bytes; median of ${runs} runs in turn; processor time of one process`,
    rates,
    oursToBare: Number((ours.recordsACpuSecond / bare.recordsACpuSecond).toFixed(2)),
  }
}

/** A text of many gigabytes: some records again and again. */
async function* gigabytes(count: number): AsyncGenerator<Buffer> {
  const block = Buffer.concat([recordsText(2_000), Buffer.from(',')])
  yield Buffer.from(HEAD)
  for (let bytes = 0; bytes < count * 1e9; bytes += block.length) yield* pieces(block)
  yield Buffer.from(`{}${TAIL}`)
}

async function readGigabytes(count: number): Promise<void> {
  let files = 0
  const start = performance.now()
  for await (const items of readVics(gigabytes(count)))
    for (const { kind } of items) if (kind === 'file') files++
  const seconds = (performance.now() - start) / 1_000
  console.log(
    JSON.stringify({
      gigabytes: count,
      records: files,
      seconds: Math.round(seconds),
      peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  )
}

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '7' },
    gigabytes: { type: 'string', default: '5' },
    alone: { type: 'boolean', default: false },
  },
})
const count = Number(values.gigabytes)
if (values.alone) await readGigabytes(count)
else {
  const figures = await measure(Number(values.records), Number(values.runs))
  const args = [fileURLToPath(import.meta.url), '--alone', '--gigabytes', values.gigabytes]
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`reading ${count} GB ended with ${status}`)
  const large: unknown = JSON.parse(stdout)
  writeResult('lists-vics', { ...figures, large })
  console.log(JSON.stringify({ ...figures, large }, null, 2))
}
