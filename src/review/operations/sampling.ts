// Writes a sample every few seconds, in one process of all that run: the holder of an advisory lock. When it dies, another one
// goes on; the time between stays a gap.
import type { Kysely } from 'kysely'
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

export interface SamplingOptions {
  /** Of its own: one connection is held for the lock. */
  readonly db: Kysely<Tables>
  readonly facts: () => Promise<SampledFacts>
  readonly logger: Logger
  readonly everyMs?: number
  readonly standbyMs?: number
}

export interface Sampling {
  /** Why samples can't be written now; undefined while they can, or another process writes them. */
  readonly failure: unknown
  stop(): Promise<void>
}

export function startSampling(options: SamplingOptions): Sampling {
  const { db, logger, standbyMs = STANDBY_MS } = options
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
      try {
        const wasHeld = await whileHeld(db, SAMPLER_LOCK, (held) =>
          writeSamples(options, held, { signal, succeeded }),
        )
        if (!wasHeld) succeeded()
      } catch (error) {
        if (signal.aborted) return
        failure = error
        trouble.enter('samples', whyStoreFailed(error))
      }
      await pause(standbyMs, signal)
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

async function writeSamples(
  { facts, everyMs = SAMPLE_EVERY_MS }: SamplingOptions,
  held: Kysely<Tables>,
  { signal, succeeded }: { readonly signal: AbortSignal; readonly succeeded: () => void },
): Promise<void> {
  const sampler = new FleetSampler()
  for (let number = 0; !signal.aborted; number++) {
    await writeSample(held, sampler.sample(await facts()))
    if (number % KEEP_EVERY === 0) await keepMinutes(held)
    succeeded()
    await pause(everyMs, signal)
  }
}
