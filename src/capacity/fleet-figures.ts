// Matchers: machines and threads, partitions for them, their memory and disks, and how soon they are ready.
import { digits, type Figure, type PlannedLoad } from './figure.ts'
import { coresFor, reportMicros } from './matching-cost.ts'
import { MEASURED } from './measured.ts'
import { residentPerHash, snapshotPerHash } from './source-ids.ts'

/** Share of a core that the planned load may take: the rest is for peaks, rebalances, and catching up after them. */
const MOST_BUSY = 0.7
/** Machines beyond those that the load needs: one may be away, for an upgrade or for good. */
const SPARE_MACHINES = 1
/** Partitions for each thread: threads may double before partitions must be added. */
const PARTITIONS_A_THREAD = 2
const LEAST_PARTITIONS = 6
const MEMORY_MARGIN = 1.25
/** A new snapshot is written beside the old one. */
const SNAPSHOT_COPIES = 2
const TIME_MARGIN = 2

const { pipeline, knownSet, memory, snapshot, start } = MEASURED

/** The machines of a load, those of them that are needed when none is away, and the threads of each. */
export function machinesFor(asked: PlannedLoad): {
  readonly machines: number
  readonly needed: number
  readonly threads: number
} {
  const threads = Math.max(1, Math.ceil(coresFor(asked) / MOST_BUSY))
  const needed = Math.ceil(threads / asked.cores)
  return {
    machines: needed + SPARE_MACHINES,
    needed,
    threads: Math.min(asked.cores, threads),
  }
}

export function fleetFigures(asked: PlannedLoad): readonly Figure[] {
  return [...matchingFigures(asked), ...memoryFigures(asked), ...startFigures(asked)]
}

const matcher = (figure: Omit<Figure, 'part'>): Figure => ({ part: 'matchers', ...figure })

function matchingFigures(asked: PlannedLoad): readonly Figure[] {
  const { reports, known, orientations, cores } = asked
  const busy = coresFor(asked)
  const { machines, threads } = machinesFor(asked)
  const all = machines * threads
  const micros = reportMicros(known, orientations)
  return [
    matcher({
      name: 'machines',
      value: machines,
      unit: 'number',
      formula: `⌈${digits(reports)} reports/s × ${digits(micros)} µs of a core ÷ ${MOST_BUSY} ÷ ${cores} cores⌉ + ${SPARE_MACHINES} = ⌈${digits(busy / MOST_BUSY)} ÷ ${cores}⌉ + ${SPARE_MACHINES}`,
      measured: `whole matcher, ${pipeline.threads} threads, ${orientations} orientation${orientations === 1 ? '' : 's'}, broker on the same cores (${pipeline.machine})`,
      margin: `cores at most ${MOST_BUSY * 100} % busy; ${SPARE_MACHINES} machine more than needed`,
    }),
    matcher({
      name: 'threads in all',
      value: all,
      unit: 'number',
      formula: `${machines} machines × ${threads} threads, one process a machine`,
      measured: 'as above',
      margin: 'as above',
    }),
    matcher({
      name: 'partitions',
      value: Math.max(LEAST_PARTITIONS, PARTITIONS_A_THREAD * all),
      unit: 'number',
      formula: `${PARTITIONS_A_THREAD} × ${all} threads, at least ${LEAST_PARTITIONS}`,
      measured: 'none: a partition is read by one thread',
      margin: 'threads may double without another partition',
    }),
  ]
}

function memoryFigures(asked: PlannedLoad): readonly Figure[] {
  const { known } = asked
  const { threads } = machinesFor(asked)
  const [resident, saved] = [residentPerHash(asked), snapshotPerHash(asked)]
  const set = memory.baseBytes + known * resident.bytes
  const work = threads * memory.bytesPerThread
  return [
    matcher({
      name: 'memory of a process',
      value: (set + work) * MEMORY_MARGIN,
      unit: 'bytes',
      formula: `(${digits(memory.baseBytes / 2 ** 20)} MiB + ${digits(known)} hashes × ${resident.sum} + ${threads} threads × ${digits(memory.bytesPerThread / 2 ** 20)} MiB) × ${MEMORY_MARGIN}`,
      measured: `set with source ids of ${knownSet.idBytes} bytes, longer ones add their bytes: ${knownSet.machine}; start: ${start.machine}; a thread that catches up on a backlog: ${memory.machine}`,
      margin: `${MEMORY_MARGIN} ×. Loading a snapshot takes no more than this. Entries with tags or series, or several entries for a hash, take more`,
    }),
    matcher({
      name: 'disk of a process, for the snapshot',
      value: known * saved.bytes * SNAPSHOT_COPIES,
      unit: 'bytes',
      formula: `${digits(known)} hashes × ${saved.sum} × ${SNAPSHOT_COPIES}`,
      measured: `snapshot of ${digits(snapshot.entries)} hashes with source ids of ${snapshot.idBytes} bytes (${snapshot.machine})`,
      margin: 'the new one is written beside the old one',
    }),
  ]
}

function startFigures({ known }: PlannedLoad): readonly Figure[] {
  const margin = `${TIME_MARGIN} ×, for other disks and neighbours`
  const fromTopicMicros = knownSet.microsPerApply + pipeline.readMicros
  return [
    matcher({
      name: 'start from a snapshot',
      value: (start.baseSeconds + known * snapshot.loadSecondsPerHash) * TIME_MARGIN,
      unit: 'seconds',
      formula: `(${digits(start.baseSeconds)} s + ${digits(known)} hashes × ${digits(snapshot.loadSecondsPerHash * 1e6)} µs) × ${TIME_MARGIN}`,
      measured: `start with ${digits(start.known)} hashes (${start.machine}), load alone with source ids of ${snapshot.idBytes} bytes (${snapshot.machine})`,
      margin,
    }),
    matcher({
      name: 'start from the topic',
      value: (start.baseSeconds + (known * fromTopicMicros) / 1e6) * TIME_MARGIN,
      unit: 'seconds',
      formula: `(${digits(start.baseSeconds)} s + ${digits(known)} hashes × (${knownSet.microsPerApply} µs to apply + ${digits(pipeline.readMicros)} µs to read)) × ${TIME_MARGIN}`,
      measured: `applying (${knownSet.machine}) and reading (${pipeline.machine}) apart, never together`,
      margin,
    }),
  ]
}
