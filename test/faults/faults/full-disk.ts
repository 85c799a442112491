import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../fixtures/eventually.ts'
import { FaultMissed, type Fault, type Scene } from '../fault.ts'

const DISK_BYTES = 8 << 20
const FAILED = 'hashwarden_snapshot_failures_total'
/** This many failures in a row must be one line in the log. */
const FAILURES = 2

/** What leaves a matcher no room for its snapshot, and what the system says then. */
interface Shortage {
  readonly code: 'ENOSPC' | 'EFBIG'
  readonly begin: () => void
  readonly end: () => void
}

/**
 * A file system of its own that is full, where this process may mount one; elsewhere, and now and then, a limit of the
 * size of files. Matching must go on, and the snapshot come again when there is room.
 */
export const fullDisk: Fault = {
  name: 'a full disk for the snapshot',
  needsSnapshots: true,
  failsSnapshots: true,
  prepare: async ({ snapshotFolder }) => {
    if (!mount(snapshotFolder)) return {}
    return { undo: async () => void execFileSync('umount', [snapshotFolder]) }
  },
  strike: async (scene) => {
    const { deployment, fleet, random, snapshotFolder } = scene
    const file = join(snapshotFolder, 'known.snapshot')
    await eventually(async () => statSync(file).size > 0)
    const isOwnDisk = statSync(snapshotFolder).dev !== statSync(deployment.folder).dev
    const shortage = isOwnDisk && random() < 0.7 ? fullFileSystem(snapshotFolder) : fileLimit(scene, file)
    let before: number
    let after: number
    shortage.begin()
    try {
      before = await deployment.committedRecords()
      await eventually(async () => (await fleet.sum(FAILED)) >= FAILURES * fleet.running.length)
      after = await deployment.committedRecords()
    } finally {
      shortage.end()
    }
    if (after <= before) throw new Error('No report was matched while there was no room for the snapshot')
    const freedMs = Date.now()
    const told = fleet.logFiles.map(
      (log) =>
        readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line.includes('Cannot write the snapshot')).length,
    )
    if (told.every((count) => count === 0))
      throw new FaultMissed('No log says that a snapshot could not be written')
    if (told.some((count) => count > 1))
      throw new Error(`Logs tell of one full disk more than once: ${told.join(', ')} times`)
    const logs = fleet.logFiles.map((log) => readFileSync(log, 'utf8')).join('')
    if (!logs.includes(shortage.code)) throw new FaultMissed(`No log says ${shortage.code}`)
    await eventually(async () => statSync(file).mtimeMs > freedMs)
    return `${await fleet.sum(FAILED)} snapshots failed with ${shortage.code}, ${after - before} reports matched meanwhile, and a snapshot after it`
  },
}

function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'none', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function fullFileSystem(folder: string): Shortage {
  const ballast = join(folder, 'ballast')
  return {
    code: 'ENOSPC',
    begin: () => {
      const fd = openSync(ballast, 'w')
      try {
        for (;;) writeSync(fd, Buffer.alloc(4096))
      } catch {
        // Full.
      } finally {
        closeSync(fd)
      }
    },
    end: () => rmSync(ballast),
  }
}

/** The limit is less than the snapshot's size and more than a log's. */
function fileLimit({ fleet }: Scene, snapshot: string): Shortage {
  const limitAll = (limit: string): void => {
    for (const { pid } of fleet.running) execFileSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:`])
  }
  const { size } = statSync(snapshot)
  return {
    code: 'EFBIG',
    begin: () => limitAll(String(Math.floor(size * 0.9))),
    end: () => limitAll('unlimited'),
  }
}
