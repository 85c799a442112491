import type { Fault } from '../fault.ts'
import { cutNetwork, lateCommits } from './cut-network.ts'
import { fullDisk } from './full-disk.ts'
import { killBeforeCommit } from './kill-before-commit.ts'
import { killBroker } from './kill-broker.ts'
import { killLeader, loseTwoBrokers } from './lose-brokers.ts'
import { killMatcher } from './kill-matcher.ts'
import { killThread } from './kill-thread.ts'
import { rebalances } from './rebalances.ts'
import { shiftClock } from './shift-clock.ts'
import { stopBroker } from './stop-broker.ts'
import { stopMatcher } from './stop-matcher.ts'
import { knownHashesReplaced, oldCommit, reportsReplaced } from './topics-replaced.ts'

/** All of them: seeds take them in turn. */
export const FAULTS: readonly Fault[] = [
  killMatcher,
  killBroker,
  stopMatcher,
  stopBroker,
  rebalances,
  fullDisk,
  reportsReplaced,
  knownHashesReplaced,
  shiftClock,
  killThread,
  killBeforeCommit,
  cutNetwork,
  lateCommits,
  oldCommit,
  killLeader,
  loseTwoBrokers,
]
