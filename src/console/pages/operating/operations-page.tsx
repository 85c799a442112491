// The operations page: is every report matched? One sentence says it, with what needs an operator; then four figures, who is
// there, what was, and the dead letters.
// vite makes a file of it that is loaded with this page's script.
// oxlint-disable-next-line import/no-unassigned-import
import '../../style/operating.css'
import { useMemo } from 'preact/hooks'
import type { OperationsView, SeriesRange, SeriesView } from '../../../contract/review.ts'
import { PanelCard } from '../../charts/panel-card.tsx'
import { spans } from '../../charts/spans.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { clockSeconds } from '../../wording/times.ts'
import { concernsOf, headlineOf } from './concerns.ts'
import { DeadLetters } from './dead-letters.tsx'
import { FigureCards } from './figure-cards.tsx'
import { figuresOf } from './figures.ts'
import { Freshness } from './freshness-banner.tsx'
import { KnownSetFacts } from './known-set-facts.tsx'
import { ListFreshness } from './list-freshness.tsx'
import { groupsOf, linesOf } from './panels.ts'
import { Partitions } from './partitions.tsx'
import { Platforms } from './platforms.tsx'
import { present, range, RANGES, series, usePresent } from './present.ts'
import { Processes } from './processes.tsx'
import { Verdict } from './verdict.tsx'

export function OperationsPage() {
  usePresent()
  const view = present.value.value
  const lines = series.value.value
  return (
    <div class="operating">
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>Operations</h1>
          <p class="soft">{view ? `As of ${clockSeconds(Date.parse(view.at) / 1_000)}` : 'Loading…'}</p>
        </div>
        <Ranges />
      </header>
      {!view && present.refusal.value && (
        <Failed refusal={present.refusal.value} retry={() => void present.reload()} />
      )}
      {!view && !present.refusal.value && <Skeleton lines={6} />}
      {view && (
        <Freshness view={view} series={lines}>
          <Picture view={view} lines={lines} />
        </Freshness>
      )}
    </div>
  )
}

const Ranges = () => (
  <div class="chips ranges" role="group" aria-label="Time shown">
    {Object.entries(RANGES).map(([name, { short }]) => (
      <button
        key={name}
        type="button"
        class="chip"
        aria-pressed={range.value === name}
        // The entries' names are its keys.
        onClick={() => (range.value = name as SeriesRange)}
      >
        {short}
      </button>
    ))}
  </div>
)

function Picture({ view, lines }: { view: OperationsView; lines: SeriesView | undefined }) {
  const concerns = concernsOf(view, lines)
  const { fleet } = view
  const refusal = series.refusal.value
  // The present comes every two seconds, the charts only now and then.
  const charts = useMemo(() => lines && <Charts lines={lines} />, [lines])
  return (
    <>
      <Verdict headline={headlineOf(view, lines, concerns)} concerns={concerns} />
      <FigureCards figures={figuresOf(view, lines)} />
      {fleet && <Processes fleet={fleet} />}
      {fleet && <Partitions fleet={fleet} />}
      {fleet && <Platforms fleet={fleet} />}
      {fleet && <KnownSetFacts view={view} fleet={fleet} />}
      {fleet && <ListFreshness fleet={fleet} />}
      {refusal && <Failed refusal={refusal} retry={() => void series.reload()} />}
      {charts ?? (!refusal && <Skeleton lines={6} label="Loading the charts" />)}
      <DeadLetters view={view} />
    </>
  )
}

const Charts = ({ lines }: { lines: SeriesView }) => (
  <>
    {groupsOf(lines).map(({ title, panels }) => (
      <section key={title} class="chart-group" aria-label={title}>
        <h2>{title}</h2>
        <div class="charts">
          {panels.map((panel, at) => (
            <PanelCard
              key={panel.id}
              panel={panel}
              times={lines.times}
              stepSeconds={lines.stepSeconds}
              span={spans(panels.length)[at]}
              lines={linesOf(lines, panel.id)}
              range={RANGES[lines.range].long}
            />
          ))}
        </div>
      </section>
    ))}
  </>
)
