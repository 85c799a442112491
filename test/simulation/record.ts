import { existsSync, readFileSync } from 'node:fs'
import { writeResult } from '../../bench/machine.ts'
import { BUGS, seedsUntilFound } from './bugs.ts'
import { addUp, NOTHING, type Counted } from './totals.ts'

const NAME = 'simulation'
const WHAT =
  'Seeds of the whole journey on virtual time (test/simulation), what befell them, and after how many seeds faults put in on purpose are found; `npm run simulate -- --seeds N --record` goes on'
const FILE = new URL(`../../bench/results/${NAME}.json`, import.meta.url)

/** All seeds that were recorded, from 1 on. */
export function recorded(): Counted {
  // Written by `record`.
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Counted) : NOTHING
}

/** Adds more seeds to those recorded, and says after how many of them faults of ours are found. */
export async function record(more: Counted): Promise<void> {
  const before = recorded() as Counted & { readonly foundAfterSeeds?: Readonly<Record<string, number>> }
  const foundAfterSeeds: Record<string, number> = { ...before.foundAfterSeeds }
  for (const [name, bug] of Object.entries(BUGS)) foundAfterSeeds[name] ??= await seedsUntilFound(bug)
  writeResult(NAME, { what: WHAT, ...addUp(before, more), foundAfterSeeds })
}
