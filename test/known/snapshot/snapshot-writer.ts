// A process that writes a snapshot, for tests that kill it or leave it no room: `FILE BYTES [hang]`. With `hang` it
// stops for good in the middle, and says so with a line.
import { sectionOf, writeSnapshot, type SnapshotSection } from '../../../src/known/snapshot/write-snapshot.ts'
import { FACTS } from './snapshot-facts.ts'

const [file, bytes, hang] = process.argv.slice(2)
const byteLength = Number(bytes)
const all = sectionOf('all', Buffer.alloc(byteLength, 'new'))
const hanging: SnapshotSection = {
  ...all,
  copy: (from, target) => {
    all.copy(from, target)
    if (from < byteLength / 2) return
    process.stdout.write('half\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
}
try {
  await writeSnapshot(file, FACTS, [hang === 'hang' ? hanging : all], { chunkBytes: 1024 })
} catch (error) {
  process.stdout.write(`${String(error)}\n`)
  process.exitCode = 1
}
