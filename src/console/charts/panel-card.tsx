// A panel: what it shows and why, the chart with its lines and their values, the same as a table, and the way to its runbook.
import { useSignal } from '@preact/signals'
import { useId, useMemo } from 'preact/hooks'
import type { Panel } from '../../telemetry/panels/panel.ts'
import { amount, unitWords } from '../wording/amounts.ts'
import { DASHES } from './colours.ts'
import { drawnLines, linesSentence, placeIn, tableRows, valueAt, type Line } from './lines.ts'
import { momentOf } from './moments.ts'
import { Plot, pointedAt } from './plot.tsx'
import { Runbook } from './runbook.tsx'
import { ScrollBox } from '../parts/scroll-box.tsx'

interface PanelCardProps {
  readonly panel: Panel
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  /** Between two times. */
  readonly stepSeconds: number
  /** Columns of twelve that it takes. */
  readonly span: number
  /** For example `the last hour`. */
  readonly range: string
}

export function PanelCard({ panel, times, stepSeconds, lines, span, range }: PanelCardProps) {
  const { title, unit, why, runbook, limit } = panel
  const id = useId()
  const isTable = useSignal(false)
  const { drawn, left } = useMemo(() => drawnLines(lines), [lines])
  const isKnown = times.length > 0 && drawn.some(({ values }) => values.some((value) => value !== null))
  return (
    <figure class={`card panel span-${span}`} aria-labelledby={`${id}-title`}>
      <figcaption>
        <h3 id={`${id}-title`}>
          {title} <span class="soft unit">{unitWords(unit, title, stepSeconds)}</span>
        </h3>
        <div class="panel-ways">
          {isKnown && (
            <button
              type="button"
              class="icon-button"
              aria-pressed={isTable.value}
              aria-label={`Table: ${title}`}
              title="As a table"
              onClick={() => (isTable.value = !isTable.value)}
            >
              <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                <path d="M1.5 2.5h11v9h-11zM1.5 5.5h11M1.5 8.5h11M5.5 5.5v6" />
              </svg>
            </button>
          )}
          <Runbook alert={runbook} />
        </div>
        <p class="why">
          <Why text={why} />
        </p>
      </figcaption>
      <p id={`${id}-words`} class="unseen">
        {linesSentence(lines, unit, range)}
      </p>
      {isKnown ? (
        <Plot
          title={title}
          times={times}
          lines={drawn}
          unit={unit}
          limit={limit}
          describedBy={`${id}-words`}
        />
      ) : (
        <p class="unknown-plot">Not known</p>
      )}
      {isKnown && <Legend panel={panel} times={times} lines={drawn} left={left} />}
      {isTable.value && <Table panel={panel} times={times} lines={drawn} />}
    </figure>
  )
}

/** Names of settings stand between backticks. */
const Why = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={part}>{part}</code> : part))}</>
)

interface LinesProps {
  readonly panel: Panel
  readonly times: readonly number[]
  readonly lines: readonly Line[]
}

function Legend({ panel: { unit, limit }, times, lines, left }: LinesProps & { readonly left: number }) {
  const at = placeIn(times, pointedAt.value)
  return (
    <ul class="legend" aria-hidden="true">
      {lines.map((line, order) => (
        <li key={line.name} title={line.name}>
          <Sample order={order} />
          <span class="legend-name">{line.name}</span>
          <b>{amount(valueAt(line, at), unit)}</b>
        </li>
      ))}
      {left > 0 && <li class="soft">{left} lower not drawn</li>}
      {limit !== undefined && (
        <li class="limit">
          <svg width="18" height="8" viewBox="0 0 18 8">
            <path d="M0 4H18" stroke-dasharray="5 4" />
          </svg>
          limit {amount(limit, unit)}
        </li>
      )}
      {at !== undefined && <li class="soft pointed">at {momentOf(times, times[at])}</li>}
    </ul>
  )
}

const Sample = ({ order }: { order: number }) => (
  <svg class={`sample line-${order + 1}`} width="18" height="8" viewBox="0 0 18 8">
    <path d="M0 4H18" stroke-dasharray={DASHES[order].join(' ')} />
  </svg>
)

const MOST_ROWS = 15

const Table = ({ panel: { title, unit }, times, lines }: LinesProps) => (
  <ScrollBox label={`Table: ${title}`} class="panel-table">
    <table>
      <caption class="unseen">{title}, the highest value of each time</caption>
      <thead>
        <tr>
          <th scope="col">Until</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col" class="number">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tableRows(times, lines, MOST_ROWS).map(({ at, values }) => (
          <tr key={at}>
            <th scope="row">{momentOf(times, at)}</th>
            {values.map((value, order) => (
              <td key={lines[order].name} class="number">
                {amount(value, unit)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </ScrollBox>
)
