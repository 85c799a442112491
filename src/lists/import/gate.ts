// Which changes of a source wait for a person: those that look like a mistake of the list, or of its import.
import { createHash } from 'node:crypto'
import type { PendingChange } from '../../contract/list-state.ts'
import type { Change } from './comparison.ts'

export interface GateLimits {
  /** A list may remove this share of what its source has, from 0 to 1. */
  readonly removedShare: number
  /** A list may add entries up to this number of times what its source has. */
  readonly addedTimes: number
  /** Fewer entries than this may always be added. A source that has none may get any number. */
  readonly addedAlways: number
}

export const GATE_LIMITS: GateLimits = { removedShare: 0.1, addedTimes: 10, addedAlways: 1_000 }

export interface ChangeSize {
  /** Entries that the source has. */
  readonly before: number
  readonly adds: number
  readonly removes: number
}

/** Why a change waits; undefined if it doesn't. */
export function gate(
  { before, adds, removes }: ChangeSize,
  { removedShare, addedTimes, addedAlways }: GateLimits = GATE_LIMITS,
): PendingChange['why'] | undefined {
  if (removes > before * removedShare) return 'removes-much'
  return before > 0 && adds > addedAlways && adds >= before * addedTimes ? 'adds-much' : undefined
}

const LANES = 4

/**
 * Names a change by what it publishes, in whatever order: an approval of it is for no other. (The sum of the SHA-256 of
 * its records, modulo 2⁶⁴ in each of four lanes.) When its new entries are added is no part of it.
 */
export async function digestOf(changes: AsyncIterable<readonly Change[]>): Promise<string> {
  const sum = new BigUint64Array(LANES)
  for await (const batch of changes)
    for (const { key, text } of batch) {
      const digest = createHash('sha256')
        .update(`${key}\n${text ?? ''}`)
        .digest()
      for (let lane = 0; lane < LANES; lane++) sum[lane] += digest.readBigUInt64LE(lane * 8)
    }
  return createHash('sha256').update(sum).digest('hex').slice(0, 32)
}
