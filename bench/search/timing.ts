import { LEAST_QUERIES } from './jobs.ts'
import { median } from '../median.ts'

export interface Timing {
  /** Microseconds a query: the median of the batches, the mean, and the least. */
  readonly micros: number
  readonly meanMicros: number
  readonly leastMicros: number
  readonly queries: number
}

const LEAST_BATCHES = 3

/**
 * Times `search` on batch after batch of the `available` queries, over and over for about `seconds`, but on three
 * batches and 64 queries at least. A first batch is not counted: it finds nothing in the caches. `check` gets each
 * answer, untimed. bench/peers/search.py keeps the same rules.
 */
export function timeBatches<Answer>(
  batch: number,
  available: number,
  seconds: number,
  search: (from: number, to: number) => Answer,
  check: (answer: Answer, from: number) => void,
): Timing {
  const least = Math.max(LEAST_BATCHES, Math.ceil(LEAST_QUERIES / batch))
  const samples: number[] = []
  const until = performance.now() + seconds * 1000
  for (let from = 0; performance.now() < until || samples.length <= least;) {
    const started = performance.now()
    const answer = search(from, from + batch)
    samples.push(((performance.now() - started) * 1000) / batch)
    check(answer, from)
    from = from + 2 * batch > available ? 0 : from + batch
  }
  samples.shift()
  return {
    micros: median(samples),
    meanMicros: samples.reduce((sum, one) => sum + one, 0) / samples.length,
    // The median has sorted them.
    leastMicros: samples[0],
    queries: samples.length * batch,
  }
}
