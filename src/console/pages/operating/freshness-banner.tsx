// Says once, and shows, that the picture or its charts are not of this moment. It alone reads the clock: the page below it is
// drawn again when something new comes, not each second.
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OperationsView, SeriesView } from '../../../contract/review.ts'
import { nowMs } from '../../client/clock.ts'
import { alarm } from '../../parts/announce.tsx'
import { staleText } from './freshness.ts'

interface FreshnessProps {
  readonly view: OperationsView
  readonly series: SeriesView | undefined
  readonly children: ComponentChildren
}

export function Freshness({ view, series, children }: FreshnessProps) {
  const stale = staleText(view, series, nowMs.value)
  // While the page can't be seen nothing is asked for: then it is no news.
  const isNews = stale !== undefined && !document.hidden
  useEffect(() => {
    if (isNews) alarm(`${stale.fact} ${stale.meaning}`)
  }, [isNews])
  return (
    <>
      {stale && (
        <div class="banner bad">
          <p>
            <strong>{stale.fact}</strong> {stale.meaning}
          </p>
        </div>
      )}
      <div class={stale?.isWhole ? 'picture stale' : 'picture'}>{children}</div>
    </>
  )
}
