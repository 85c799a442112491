// The four figures, each with its aim, and a small line of how it was.
import { useId } from 'preact/hooks'
import { sparkPaths } from '../../charts/spark-path.ts'
import type { Figure } from './figures.ts'

export const FigureCards = ({ figures }: { figures: readonly Figure[] }) => (
  <ul class="key-figures" aria-label="Key figures">
    {figures.map((figure) => (
      <FigureCard key={figure.name} figure={figure} />
    ))}
  </ul>
)

function FigureCard({ figure }: { figure: Figure }) {
  const { name, value, note, aim, isMet } = figure
  return (
    <li class={`card figure ${isMet === false ? 'missed' : ''}`}>
      <p class="figure-name">{name}</p>
      <p class="figure-value">{value}</p>
      <p class="figure-note">
        <span>{note}</span>
        {aim !== undefined && (
          <span class="aim">
            {isMet === undefined ? '' : isMet ? '✓ ' : '▲ not '}
            {aim}
          </span>
        )}
      </p>
      <Spark figure={figure} />
    </li>
  )
}

const SIZE = { width: 240, height: 44 } as const

/** The aim is always in the picture: how far below it the line runs is what the figure is about. */
function Spark({ figure: { spark, limit } }: { figure: Figure }) {
  const id = useId()
  const known = spark.filter((value) => value !== null)
  const top = Math.max(...known, limit ?? 0) * 1.12 || 1
  const { line, area } = sparkPaths(spark, top, SIZE)
  const y = limit === undefined ? undefined : SIZE.height - (limit / top) * SIZE.height
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <defs>
        <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
          <stop class="spark-top" offset="0" />
          <stop class="spark-foot" offset="1" />
        </linearGradient>
      </defs>
      <path class="spark-area" d={area} fill={`url(#${id})`} />
      <path class="spark-line" d={line} />
      {y !== undefined && <path class="spark-limit" d={`M0 ${y}H${SIZE.width}`} />}
    </svg>
  )
}
