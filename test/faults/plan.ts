import { seededRandom } from '../../src/sample/random-hash.ts'
import { FAULTS } from './faults/index.ts'
import type { Fault } from './fault.ts'

/** One run of one fault: everything that varies, by its seed. */
export interface RunPlan {
  readonly seed: number
  readonly fault: Fault
  readonly matchers: number
  /** Of each matcher; 0: it has none, and searches by another index. */
  readonly threads: number
  readonly partitions: number
  readonly reportsPerSecond: number
  /** Whether matchers share a snapshot, written again and again. */
  readonly snapshots: boolean
}

const oneOf = <T>(random: () => number, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)]

/** The plan of a seed: seeds that follow each other take the faults in turn. */
export function planOf(seed: number, fault = FAULTS[seed % FAULTS.length]): RunPlan {
  const random = seededRandom(seed)
  // The first numbers of near seeds are near each other.
  for (let n = 0; n < 8; n++) random()
  return {
    seed,
    fault,
    matchers: Math.max(fault.leastMatchers ?? 1, oneOf(random, [1, 2, 2, 3])),
    threads: Math.max(fault.leastThreads ?? 0, oneOf(random, [0, 1, 1, 2])),
    partitions: oneOf(random, [1, 2, 3, 6]),
    reportsPerSecond: oneOf(random, [50, 200, 500]),
    snapshots: fault.needsSnapshots === true || random() < 0.5,
  }
}
