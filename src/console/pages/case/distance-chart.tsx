// A hit's distance against its threshold, over the measured distances of true copies and of unrelated pictures.
import type { PerceptualType } from '../../../hash/hash-type.ts'
import type { Match } from '../../../contract/hit.ts'
import { isNarrow } from '../../client/narrow.ts'
import { BIN_BITS, distributions, LAST_BITS } from '../../evidence/distributions.ts'
import { HASH_NAMES } from '../../wording/report.ts'
import { count } from '../../wording/times.ts'

const HEIGHT = 190
const GROUND = 150
const TOP = 40
const LEFT = 8
/** In the drawing's own units, which are about a pixel. */
const WIDTHS = { wide: 640, narrow: 340 } as const

/** Where a distance lies in a drawing of this width. */
const scale =
  (width: number) =>
  (bits: number): number =>
    LEFT + (bits / LAST_BITS) * (width - 2 * LEFT)
type Scale = ReturnType<typeof scale>
const TICKS = [0, 32, 64, 96, 128] as const

/** The outline of bars that stand side by side. */
function outline(x: Scale, shares: readonly number[], most: number): string {
  const y = (share: number): number => GROUND - (share / most) * (GROUND - TOP)
  const steps = shares.map((share, bar) => `V${y(share).toFixed(1)}H${x((bar + 1) * BIN_BITS).toFixed(1)}`)
  return `M${x(0)} ${GROUND}${steps.join('')}V${GROUND}Z`
}

interface DistanceChartProps {
  readonly match: Match
  readonly type: PerceptualType
}

export function DistanceChart({ match, type }: DistanceChartProps) {
  const { distance, threshold, orientation } = match
  const { copies, measured, copiesWithin } = distributions(type, orientation !== undefined)
  const share = Math.round(copiesWithin(threshold) * 100)
  const kind = orientation ? 'turned or mirrored' : 'upright'
  const mostCopies = Math.max(...copies, 0.01)
  const words = `${distance} of 256 bits differ; up to ${threshold} count as a match. Of ${count(measured)} measured ${kind} copies, ${share} % lie within the threshold; unrelated pictures lie around 128.`
  const width = isNarrow.value ? WIDTHS.narrow : WIDTHS.wide
  const x = scale(width)
  return (
    <figure class={isNarrow.value ? 'distance-chart narrow' : 'distance-chart'}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={words}>
        <Hatch />
        <rect class="within" x={x(0)} y={TOP - 12} width={x(threshold) - x(0)} height={GROUND - TOP + 12} />
        <path class="unrelated" d={unrelatedOutline(x, type)} fill="url(#hatch)" />
        <path class="copies" d={outline(x, copies, mostCopies)} />
        <path class="ground" d={`M${LEFT} ${GROUND}H${width - LEFT}`} />
        <Threshold bits={threshold} x={x} />
        <Marker bits={distance} x={x} />
        {TICKS.map((bits) => (
          <text key={bits} class="tick" x={x(bits)} y={GROUND + 16} text-anchor={anchor(bits)}>
            {bits}
          </text>
        ))}
        <text class="axis" x={x(LAST_BITS / 2)} y={GROUND + 34} text-anchor="middle">
          bits that differ, of 256
        </text>
        <text class="name copies-name" x={x(Math.max(threshold, 40) + 3)} y={GROUND - 66}>
          true copies
        </text>
        <text class="name" x={x(116)} y={GROUND - 34} text-anchor="end">
          unrelated
        </text>
      </svg>
      <figcaption class="soft">
        {HASH_NAMES[type]}: {count(measured)} {kind} copies of ten photographs as measured, {share} % within
        the threshold; unrelated pictures from 223 million pairs, extrapolated below{' '}
        {type === 'pdq' ? 66 : 10} bits. Each to its own scale.
      </figcaption>
    </figure>
  )
}

const Hatch = () => (
  <defs>
    <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <path class="hatch" d="M0 0V5" />
    </pattern>
  </defs>
)

function unrelatedOutline(x: Scale, type: PerceptualType): string {
  const { unrelated } = distributions(type, false)
  return outline(x, unrelated, Math.max(...unrelated))
}

const anchor = (bits: number): 'start' | 'middle' | 'end' =>
  bits === 0 ? 'start' : bits === LAST_BITS ? 'end' : 'middle'

interface MarkProps {
  readonly bits: number
  readonly x: Scale
}

const Threshold = ({ bits, x }: MarkProps) => (
  <g class="threshold">
    <path d={`M${x(bits)} ${TOP - 12}V${GROUND}`} />
    <text x={x(bits) + 6} y={TOP - 2}>
      threshold {bits}
    </text>
  </g>
)

/** This hit: a pin above the ground, with its figure. */
const Marker = ({ bits, x }: MarkProps) => (
  <g class="marker">
    <path d={`M${x(bits)} 26V${GROUND}`} />
    <path class="head" d={`M${x(bits) - 6} 19h12l-6 8z`} />
    <text x={Math.max(x(bits), LEFT + 2)} y="13" text-anchor={bits < 12 ? 'start' : 'middle'}>
      this hit: {bits}
    </text>
  </g>
)
