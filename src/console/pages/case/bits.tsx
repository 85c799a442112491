// The bits of both hashes and where they differ. These are signs of frequencies, not points of a picture; no picture is ever
// drawn from a hash, because it would be a coarse image of a victim.
import type { CaseHit } from '../../../contract/review.ts'
import { bitGrids } from '../../evidence/bit-grid.ts'
import { HASH_NAMES } from '../../wording/report.ts'

const SIDE = 16

/** One path for all set bits: 256 elements would be slow to draw and to read. */
const squares = (bits: readonly boolean[]): string =>
  bits
    .map((bit, at) => (bit ? `M${(at % SIDE) + 0.08} ${Math.floor(at / SIDE) + 0.08}h.84v.84h-.84z` : ''))
    .join('')

interface GridProps {
  readonly bits: readonly boolean[]
  readonly label: string
  readonly note: string
  readonly kind: 'value' | 'difference'
}

const Grid = ({ bits, label, note, kind }: GridProps) => (
  <figure class={`grid ${kind}`}>
    <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="img" aria-label={`${label}: ${note}`}>
      <path class="unset" d={squares(bits.map((bit) => !bit))} />
      <path class="set" d={squares(bits)} />
    </svg>
    <figcaption>
      {label} <span class="soft">{note}</span>
    </figcaption>
  </figure>
)

export function Bits({ item: { hit } }: { item: CaseHit }) {
  const match = hit.matches.find(({ type }) => type === 'pdq' || type === 'blockhash')
  const grids = match && bitGrids(match.type, match.value, match.knownValue, match.orientation)
  return (
    <section class="card" aria-labelledby="bits">
      <h2 id="bits">The bits</h2>
      {grids ? (
        <>
          <div class="grids">
            <Grid
              bits={grids.reported}
              label="Reported"
              note={match.orientation ? 'orientation undone' : 'as reported'}
              kind="value"
            />
            <Grid bits={grids.known} label="Known" note="as listed" kind="value" />
            <Grid
              bits={grids.differs}
              label="Difference"
              note={`${grids.distanceBits} of 256 bits`}
              kind="difference"
            />
          </div>
          <p class="soft">
            The 256 bits of each {HASH_NAMES[match.type]} value, in the order of its text. They are not a
            picture, and none can be seen in them.
          </p>
        </>
      ) : (
        <p class="soft">
          All matches of this hit are of equal values: no bit differs, and there is nothing to compare.
        </p>
      )}
    </section>
  )
}
