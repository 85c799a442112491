import { EVENTS } from './conditions.ts'
import type { Outcome } from './simulation.ts'

/** What must be seen in a run of many seeds, or it proves little. */
const EXPECTED = [
  ...EVENTS,
  'request lost',
  'request unheard',
  'request twice',
  'request late',
  'request partly',
  'expelled',
  'commit of an earlier generation',
  'reports',
  'hits',
  'retroactive hits',
  'hits merged',
  'hits of differing reports',
  'dead letters',
] as const

/** What some seeds have come to. */
export interface Counted {
  readonly seeds: number
  readonly failed: readonly number[]
  readonly steps: number
  readonly simulatedMs: number
  /** What was seen, and how often. */
  readonly seen: Readonly<Record<string, number>>
}

export const NOTHING: Counted = { seeds: 0, failed: [], steps: 0, simulatedMs: 0, seen: {} }

export function addUp(a: Counted, b: Counted): Counted {
  const seen: Record<string, number> = { ...a.seen }
  for (const [what, count] of Object.entries(b.seen)) seen[what] = (seen[what] ?? 0) + count
  return {
    seeds: a.seeds + b.seeds,
    failed: [...a.failed, ...b.failed],
    steps: a.steps + b.steps,
    simulatedMs: a.simulatedMs + b.simulatedMs,
    seen: Object.fromEntries(Object.entries(seen).sort(([one], [other]) => (one < other ? -1 : 1))),
  }
}

/** Adds up what seeds come to. */
export class Totals {
  #counted = NOTHING

  add({ seed, failure, steps, simulatedMs, seen }: Outcome): void {
    const failed = failure === undefined ? [] : [seed]
    this.#counted = addUp(this.#counted, {
      seeds: 1,
      failed,
      steps,
      simulatedMs: Math.round(simulatedMs),
      seen,
    })
  }

  get counted(): Counted {
    return this.#counted
  }

  /** What was to be expected of many seeds and has not come. */
  get neverSeen(): readonly string[] {
    return EXPECTED.filter((what) => !this.#counted.seen[what])
  }
}
