// Compares a list with a topic that has all of its entries already, in a process of its own and without a broker: the topic's
// records are made as they are read. Prints processor time and memory: node bench/lists/compare.ts FILE ENTRIES.
import { growHeapSlowly } from '../../src/cli/node-memory.ts'
import { openList } from '../../src/lists/formats/formats.ts'
import { openIntake } from '../../src/lists/import/intake.ts'
import { stageList } from '../../src/lists/import/staged-list.ts'
import type { IntakeTerms } from '../../src/lists/import/terms.ts'
import type { Consumption, FollowOptions, LogRecord, PartitionOffsets } from '../../src/log/event-log.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { CLASSIFICATION, importedRecords, SOURCE } from './plain-list.ts'

const TOPIC = 'known-hashes'
/** About what a fetch brings. */
const BATCH_RECORDS = 5_000
const ADDED_AT = '2026-01-01T00:00:00Z'

/** A log whose one topic has the entries of the made-up list, and takes none. */
class ImportedLog extends MemoryLog {
  readonly #count: number

  constructor(count: number) {
    super({})
    this.#count = count
  }

  override async offsets(): Promise<readonly PartitionOffsets[]> {
    return [{ partition: 0, earliest: 0, end: this.#count }]
  }

  override async produce(): Promise<void> {
    throw new Error('Nothing of the list is new')
  }

  override async follow({ onBatch }: FollowOptions): Promise<Consumption> {
    const reading = this.#read(onBatch)
    return { stop: () => reading }
  }

  async #read(onBatch: FollowOptions['onBatch']): Promise<void> {
    let records: LogRecord[] = []
    let offset = 0
    for (const { key, value } of importedRecords(this.#count, ADDED_AT)) {
      records.push({ offset: offset++, timestampMs: 0, key, value, headers: {} })
      if (records.length < BATCH_RECORDS && offset < this.#count) continue
      await onBatch({
        topic: TOPIC,
        partition: 0,
        records,
        nextOffset: offset,
        endOffset: this.#count,
        heartbeat: async () => {},
      })
      records = []
      // Others have their turn, as between two fetches.
      await new Promise(setImmediate)
    }
  }
}

const terms: IntakeTerms = {
  source: SOURCE,
  classification: CLASSIFICATION,
  repeats: 'unite',
  handling: { audience: 'this-deployment', onward: 'none' },
}
const [, , file, asked] = process.argv
const entries = Number(asked)
const began = performance.now()
// As the command does it, and in this order.
growHeapSlowly()
const { items } = await openList(file, { format: 'lines' })
const list = await stageList(items, terms)
const intake = await openIntake(new ImportedLog(entries), TOPIC, terms)
const cpuBefore = process.cpuUsage()
const { unchanged, added, changed, removed } = await intake.applyStaged(list, { now: new Date() })
const { user, system } = process.cpuUsage(cpuBefore)
await list.close()
if (unchanged !== entries || added + changed + removed > 0)
  throw new Error(`${unchanged} of ${entries} entries are unchanged`)
console.log(
  JSON.stringify({
    seconds: (performance.now() - began) / 1000,
    comparisonSeconds: (user + system) / 1e6,
    peakMB: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  }),
)
