// What a matcher process says of itself.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { CANARIES_PART, PARTITIONS_PART } from '../../src/telemetry/health-parts.ts'

const READY_POLL_MS = 20
/** Ten million known hashes read from the topic would take longer: nothing here is measured without a snapshot. */
const READY_WITHIN_MS = 120_000

/** Resolves when the process says that it does its work. */
export const untilReady = (matcher: MatcherProcess): Promise<void> =>
  untilWaitingOnlyFor(matcher, new Set<string>())

/**
 * Resolves when the process is a member of the group. It may still wait for commits in all partitions: those are looked
 * for every second or later, and reports that wait would be matched by then.
 */
export const untilMember = (matcher: MatcherProcess): Promise<void> =>
  untilWaitingOnlyFor(matcher, new Set([PARTITIONS_PART, CANARIES_PART]))

async function untilWaitingOnlyFor(
  { url, logFile, died }: MatcherProcess,
  parts: ReadonlySet<string>,
): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (!answer || answer.ok) return answer?.ok ?? false
    const { waitingFor } = (await answer.json()) as { readonly waitingFor: Readonly<Record<string, string>> }
    return Object.keys(waitingFor).every((part) => parts.has(part))
  }
  const deadline = performance.now() + READY_WITHIN_MS
  const ready = async (): Promise<void> => {
    while (!(await isReady())) {
      if (performance.now() > deadline)
        throw new Error(`A matcher is still not ready; its log:\n${readFileSync(logFile, 'utf8')}`)
      await sleep(READY_POLL_MS)
    }
  }
  await Promise.race([ready(), died.then((why) => Promise.reject(new Error(why)))])
}

/** The matcher must end by itself: only then are the committed records those that it matched and published. */
export async function stopInOrder(matcher: MatcherProcess): Promise<void> {
  await matcher.stop()
  const code = await matcher.exitCode
  if (code !== 0) throw new Error(`A matcher ended with ${code}; its log: ${matcher.logFile}`)
}

/** What /metrics says: the value of each series by its name and labels. */
export async function readMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await fetch(`${url}/metrics`).then((response) => response.text())
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ')
        return [line.slice(0, end), Number(line.slice(end + 1))]
      }),
  )
}
