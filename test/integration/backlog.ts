import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment } from './deployment.ts'

/** Starts a matcher and lets it catch up: the most memory that the process has had, in MiB. */
export async function memoryOfCatchingUp(
  deployment: Deployment,
  maxBytesPerPartition: number,
): Promise<number> {
  const matcher = await deployment.startMatcher(undefined, { threads: 1, maxBytesPerPartition })
  const isDone = deployment.untilAllMatched(600_000).then(() => true)
  let greatest = 0
  do greatest = Math.max(greatest, (await matcher.gauge('process_resident_memory_bytes')) ?? 0)
  while (!(await Promise.race([isDone, sleep(50, false)])))
  await matcher.stop()
  return greatest / 2 ** 20
}
