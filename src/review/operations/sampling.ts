// Writes a sample every few seconds, in one process of all that run: the holder of an advisory lock. When it dies, another one
// goes on; the time between stays a gap.
import type { Kysely } from 'kysely'
import type { FleetPicture } from '../../contract/fleet.ts'
import type { Logger } from '../../telemetry/log.ts'
import { StateLog } from '../../telemetry/state-log.ts'
import { pause } from '../../waiting/pause.ts'
import { whileHeld } from '../store/held-lock.ts'
import { whyStoreFailed } from '../store/store-away.ts'
import type { Tables } from '../store/tables.ts'
import { FleetSampler, type SampledFacts } from './fleet-sampler.ts'
import { keepMinutes, SAMPLER_LOCK, writeSample } from './sample-store.ts'

const SAMPLE_EVERY_MS = 5_000
/** A process that does not write asks this often whether it should, and so does one whose store is away, in milliseconds. */
const STANDBY_MS = 2_000
/** Minutes are made and old samples deleted once in this many samples. */
const KEEP_EVERY = 6
/**
 * After this many samples without sight of Kafka the process that writes lets another one go on, which may see: it does not ask
 * again before others have, several times. If none has, it goes on itself, for queues and the outbox.
 */
const BLIND_SAMPLES = 6
const BLIND_STANDBYS = 3
/** A process that has written nothing for this long, in milliseconds, is frozen, and loses the lock. */
const FROZEN_AFTER_MS = 30_000

export interface SamplingOptions {
  /** Of its own: one connection is held for the lock. */
  readonly db: Kysely<Tables>
  readonly facts: () => Promise<SampledFacts>
  readonly logger: Logger
  readonly everyMs?: number
  readonly standbyMs?: number
  readonly frozenAfterMs?: number
}

export interface Sampling {
  /** Why samples can't be written now; undefined while they can, or another process writes them. */
  readonly failure: unknown
  stop(): Promise<void>
}

export function startSampling(options: SamplingOptions): Sampling {
  const { db, logger, standbyMs = STANDBY_MS, frozenAfterMs = FROZEN_AFTER_MS } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const trouble = new StateLog({
    logger,
    level: 'warn',
    begins: 'The history of the operations page can’t be kept; trying again. Review goes on',
    ends: 'The history of the operations page is kept again',
  })
  let failure: unknown
  const succeeded = (): void => {
    failure = undefined
    trouble.leave('samples')
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      let restMs = standbyMs
      try {
        const wasHeld = await whileHeld(
          db,
          SAMPLER_LOCK,
          async (held) => {
            await writeSamples(options, held, { signal, succeeded })
            // It has ended without an error, so it was blind.
            restMs = BLIND_STANDBYS * standbyMs
          },
          { frozenAfterMs },
        )
        if (!wasHeld) succeeded()
      } catch (error) {
        if (signal.aborted) return
        failure = error
        trouble.enter('samples', whyStoreFailed(error))
      }
      await pause(restMs, signal)
    }
  }
  const running = run()
  return {
    get failure() {
      return failure
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

/** Ends when it has been blind for some samples. */
async function writeSamples(
  { facts, everyMs = SAMPLE_EVERY_MS }: SamplingOptions,
  held: Kysely<Tables>,
  { signal, succeeded }: { readonly signal: AbortSignal; readonly succeeded: () => void },
): Promise<void> {
  const sampler = new FleetSampler()
  let blindSamples = 0
  for (let number = 0; !signal.aborted && blindSamples < BLIND_SAMPLES; number++) {
    const seen = await facts()
    blindSamples = isBlind(seen.picture) ? blindSamples + 1 : 0
    await writeSample(held, sampler.sample(seen))
    if (number % KEEP_EVERY === 0) await keepMinutes(held)
    succeeded()
    await pause(everyMs, signal)
  }
}

/** Neither a process nor a broker says anything to it. */
const isBlind = ({ processes, partitions }: FleetPicture): boolean =>
  partitions.length === 0 && processes.every(({ state }) => state !== 'running')
