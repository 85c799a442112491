// Loaded into a matcher and its threads before anything else (node --import): once a file is there, it takes eleven seconds
// until hits are acknowledged, as with brokers whose disks are slow. All else is the real thing.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { RecordWriter } from '../../../src/kafka/record-writer.ts'

const SLOW_MS = 11_000
const HITS = 'hits'

const file = process.env['SLOW_HITS_FILE'] ?? ''
// Called as a method of the writer that it belongs to.
// oxlint-disable-next-line typescript/unbound-method
const { write } = RecordWriter.prototype
RecordWriter.prototype.write = async function writeSlowly(topic, ...rest) {
  if (topic === HITS && existsSync(file)) await sleep(SLOW_MS)
  await write.call(this, topic, ...rest)
}
