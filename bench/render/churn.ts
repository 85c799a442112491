// The memory and the lag of a matcher whose list changes all the time, by minute: a table.
import type { Machine } from '../machine.ts'
import { whole } from './pipeline-rows.ts'
import { on, readResult, table } from './table.ts'

interface ChurnResult {
  readonly machine: Machine
  readonly what: string
  readonly added: number
  readonly removed: number
  readonly reports: number
  readonly byMinute: readonly ChurnMinute[]
}

interface ChurnMinute {
  readonly residentMiB: number
  readonly heapMiB: number
  readonly externalMiB: number
  readonly known: number
  readonly lookedBackTo: number
  /** Absent from results of before it was measured. */
  readonly lagSeconds?: number
}

/** About this many rows: of a long run not every minute is shown. */
const ROWS = 20

/** Written by bench/pipeline/churn.ts. */
export function churnTable(): string {
  const result = readResult('churn') as ChurnResult | undefined
  if (!result) return ''
  const { byMinute, added, removed, reports } = result
  const step = Math.max(1, Math.round(byMinute.length / ROWS))
  const rows = byMinute.flatMap((minute, n) =>
    (n + 1) % step === 0 || n === byMinute.length - 1
      ? [
          [
            n + 1,
            minute.residentMiB,
            minute.heapMiB,
            minute.externalMiB,
            whole(minute.known),
            whole(minute.lookedBackTo),
            minute.lagSeconds ?? '–',
          ],
        ]
      : [],
  )
  const head = [
    'minute',
    'resident, MiB',
    'heap of the main thread, MiB',
    'its external memory, MiB',
    'known hashes',
    'looked back to offset',
    'oldest waiting report, s',
  ]
  return `## Memory while the list changes all the time

${result.what}. In all ${whole(added)} additions, ${whole(removed)} removals, ${whole(reports)} reports.

${table(head, rows)}

(${on(result.machine)})`
}
