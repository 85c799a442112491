// Faults of ours, put in on purpose: a simulation that finds none of them would be worth nothing.
import { simulate, type Bug } from './simulation.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import {
  StaleBatchError,
  type EventLog,
  type GroupBatch,
  type GroupOptions,
} from '../../src/log/event-log.ts'
import { KnownSetFeed } from '../../src/stream/feed/known-set-feed.ts'
import { decodePosition, encodePosition } from '../../src/stream/live/set-position.ts'

const changed = (log: EventLog, changes: Partial<EventLog>): EventLog => ({
  closing: log.closing,
  produce: (...asked) => log.produce(...asked),
  produceTo: (...asked) => log.produceTo(...asked),
  consume: (options) => log.consume(options),
  follow: (options) => log.follow(options),
  offsets: (topic) => log.offsets(topic),
  offsetsSince: (...asked) => log.offsetsSince(...asked),
  committed: (...asked) => log.committed(...asked),
  topics: () => log.topics(),
  describe: (topics) => log.describe(topics),
  createTopic: (...asked) => log.createTopic(...asked),
  alterTopic: (topic) => log.alterTopic(topic),
  close: () => log.close(),
  ...changes,
})

/** The log, with other batches of the report topic than there are. */
const withBatches = (log: EventLog, batchOf: (batch: GroupBatch) => GroupBatch): EventLog =>
  changed(log, {
    consume: (options: GroupOptions) =>
      log.consume({ ...options, onBatch: (batch) => options.onBatch(batchOf(batch)) }),
  })

/** Nothing waits for the hits to be acknowledged. */
function commitBeforeAcknowledgement(): Bug {
  return {
    around: (log) =>
      changed(log, {
        produce: async (...asked) => {
          log.produce(...asked).catch(() => {})
        },
      }),
  }
}

/** As kafkajs by itself would do it: a commit bears the generation in which it is made, not that of its batch. */
function commitOfEarlierGeneration(): Bug {
  const newest = new Map<string, GroupBatch>()
  return {
    around: (log) =>
      withBatches(log, (batch) => {
        const name = `${batch.topic}/${batch.partition}`
        newest.set(name, batch)
        return {
          ...batch,
          commit: async (...asked) => {
            try {
              await batch.commit(...asked)
            } catch (error) {
              if (!(error instanceof StaleBatchError)) throw error
              await newest.get(name)?.commit(...asked)
            }
          },
        }
      }),
  }
}

/** A new owner doesn't wait until its set has all that known-hashes has. */
function noCatchingUp(): Bug {
  // Called as a method of the feed that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const { catchUp } = KnownSetFeed.prototype
  KnownSetFeed.prototype.catchUp = async () => {}
  return {
    takeOut: () => {
      KnownSetFeed.prototype.catchUp = catchUp
    },
  }
}

/** One removal in four is not applied. */
function lostRemoval(): Bug {
  // Called as a method of the set that it belongs to.
  // oxlint-disable-next-line typescript/unbound-method
  const { apply } = PackedKnownSet.prototype
  PackedKnownSet.prototype.apply = function applyMost(change, offset) {
    if (change.entry === null && offset % 4 === 0) this.advance(offset + 1)
    else apply.call(this, change, offset)
  }
  return {
    takeOut: () => {
      PackedKnownSet.prototype.apply = apply
    },
  }
}

/** Looking back doesn't wait until live matching has the changes. */
function lookingBackTooSoon(): Bug {
  return {
    around: (log) =>
      changed(log, {
        committed: async (...asked) =>
          (await log.committed(...asked)).map((commit) => {
            const position = decodePosition(commit.metadata)
            return position
              ? { ...commit, metadata: encodePosition({ ...position, offset: position.offset + 1_000 }) }
              : commit
          }),
      }),
  }
}

interface WantedBug {
  readonly bug: () => Bug
  /** The number of seeds that are enough to find it. */
  readonly withinSeeds: number
}

export const BUGS = {
  'a commit before its hits are acknowledged': { bug: commitBeforeAcknowledgement, withinSeeds: 20 },
  'a batch of an earlier generation that commits': { bug: commitOfEarlierGeneration, withinSeeds: 200 },
  'an owner that does not wait for the end of known-hashes': { bug: noCatchingUp, withinSeeds: 50 },
  'a lost removal': { bug: lostRemoval, withinSeeds: 50 },
  'a look back that does not wait for live matching': {
    bug: lookingBackTooSoon,
    withinSeeds: 200,
  },
} as const satisfies Record<string, WantedBug>

/** After how many seeds a fault is found; one more than enough if it isn't. */
export async function seedsUntilFound({ bug, withinSeeds }: WantedBug): Promise<number> {
  for (let seed = 1; seed <= withinSeeds; seed++) {
    const { failure } = await simulate(seed, { bug })
    if (failure !== undefined) return seed
  }
  return withinSeeds + 1
}
