// What the page shows, asked for again and again while the page can be seen: the present every two seconds, the series as
// often as their steps can change.
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SeriesRange } from '../../../contract/review.ts'
import { api } from '../../client/api.ts'
import { loaded } from '../../client/loaded.ts'
import { repeated } from '../../client/repeated.ts'

const PRESENT_EVERY_MS = 2_000

interface Range {
  readonly short: string
  readonly long: string
  /** How often its series are asked for. */
  readonly everyMs: number
}

export const RANGES: Readonly<Record<SeriesRange, Range>> = {
  '15m': { short: '15 min', long: 'the last 15 minutes', everyMs: 5_000 },
  '1h': { short: '1 h', long: 'the last hour', everyMs: 10_000 },
  '6h': { short: '6 h', long: 'the last 6 hours', everyMs: 30_000 },
  '24h': { short: '24 h', long: 'the last 24 hours', everyMs: 60_000 },
}

export const range = signal<SeriesRange>('1h')
export const present = loaded(() => api.operations())
export const series = loaded(() => api.series(range.peek()))

function useRepeated(ask: () => Promise<unknown>, everyMs: () => number, key: string): void {
  useEffect(() => {
    const { turn, stop } = repeated({ ask, everyMs, isHidden: () => document.hidden })
    const onVisible = (): void => void (document.hidden || turn())
    document.addEventListener('visibilitychange', onVisible)
    void turn()
    return () => {
      stop()
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [key])
}

export function usePresent(): void {
  useRepeated(present.reload, () => PRESENT_EVERY_MS, '')
  useRepeated(series.reload, () => RANGES[range.peek()].everyMs, range.value)
}
