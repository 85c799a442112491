// Holds what processes say of their readiness against what they do.
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 400
const ANSWER_WITHIN_MS = 2_000
/** A matcher that has said for so long that it is ready has matched something, under traffic in every partition. */
const READY_FOR_MS = 12_000
/** From the signal to the first answer that has to know of it. */
const STOPS_WITHIN_MS = 500

/** A process that is watched. */
export interface Watched {
  readonly name: string
  readonly pid: number
  /** Of /readyz and /metrics. */
  readonly telemetryUrl: string
  /** The metric that counts what it does. */
  readonly work: 'hashwarden_reports_total' | 'hashwarden_review_hits_total'
  /** Of known-hashes at its start: before it has read so far it must not be ready. Left out: it reads no list. */
  readonly knownEnd?: number
}

export interface Answer {
  /** When it was asked. */
  readonly atMs: number
  readonly isReady: boolean
  /** Of the metrics, asked after it. */
  readonly work: number
  readonly knownOffset: number
}

interface Judged {
  readonly process: Pick<Watched, 'name' | 'knownEnd'>
  readonly answers: readonly Answer[]
  /** When it got its SIGTERM; never: Infinity. */
  readonly signalledMs: number
}

interface History extends Judged {
  readonly process: Watched
  readonly startedMs: number
  readonly answers: Answer[]
  signalledMs: number
}

export class ReadinessWatch {
  readonly #histories: History[] = []

  add(process: Watched): void {
    this.#histories.push({ process, startedMs: performance.now(), answers: [], signalledMs: Infinity })
  }

  /** The process gets its SIGTERM now. */
  ends(pid: number): void {
    const history = this.#histories.find(
      ({ process, signalledMs }) => process.pid === pid && signalledMs === Infinity,
    )
    if (history) history.signalledMs = performance.now()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await Promise.all(this.#histories.map((one) => ask(one)))
      await sleep(POLL_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Seconds from each matcher's start to its first answer that it is ready. */
  get secondsToReady(): readonly number[] {
    return this.#histories.flatMap(({ startedMs, answers }) => {
      const first = answers.find(({ isReady }) => isReady)
      return first ? [Math.round((first.atMs - startedMs) / 100) / 10] : []
    })
  }

  get answers(): number {
    return this.#histories.reduce((sum, { answers }) => sum + answers.length, 0)
  }

  get problems(): readonly string[] {
    return this.#histories.flatMap((one) => problemsOf(one))
  }
}

async function ask({ process, answers, signalledMs }: History): Promise<void> {
  // Asked for a while after the signal: it may answer until it ends.
  if (performance.now() - signalledMs > 10_000) return
  const atMs = performance.now()
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const ready = await fetch(`${process.telemetryUrl}/readyz`, { signal })
    await ready.text()
    const metrics = await fetch(`${process.telemetryUrl}/metrics`, { signal }).then((one) => one.text())
    const answer = {
      work: sumOf(metrics, process.work),
      knownOffset: sumOf(metrics, 'hashwarden_known_offset'),
    }
    answers.push({ atMs, isReady: ready.status === 200, ...answer })
  } catch {
    // No answer is no claim.
  }
}

/** All series of a metric together. */
const sumOf = (metrics: string, name: string): number =>
  [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )

/** Where what it said is not what it did. */
export function problemsOf({ process, answers, signalledMs }: Judged): readonly string[] {
  const { name, knownEnd } = process
  const ready = answers.filter(({ isReady }) => isReady)
  if (ready.length === 0) return [`${name} was never ready`]
  const early = knownEnd !== undefined && ready[0].knownOffset < knownEnd
  const late = ready.filter(({ atMs }) => atMs > signalledMs + STOPS_WITHIN_MS)
  const idle = answers.findIndex((from, at) => from.isReady && isIdleFrom(answers, at, signalledMs))
  return [
    ...(early ? [`${name} was ready before it had read the list`] : []),
    ...(late.length > 0 ? [`${name} said ${late.length} times that it was ready after its SIGTERM`] : []),
    ...(idle >= 0 ? [`${name} said for ${READY_FOR_MS / 1000} s that it was ready, and did nothing`] : []),
  ]
}

/** Whether all answers of the time that begins with this one say ready, and none of them tells of work. */
function isIdleFrom(answers: readonly Answer[], at: number, signalledMs: number): boolean {
  const [first, ...rest] = answers.slice(at)
  const until = rest.findIndex(({ atMs }) => atMs - first.atMs >= READY_FOR_MS)
  if (until < 0 || rest[until].atMs > signalledMs) return false
  const within = rest.slice(0, until + 1)
  return within.every(({ isReady }) => isReady) && within.every(({ work }) => work === first.work)
}
