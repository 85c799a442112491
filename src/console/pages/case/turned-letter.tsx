// An orientation as a picture: a letter F, as it is in the known picture and as it is in the reported one.
import { ORIENTATIONS, type Orientation } from '../../../hash/orientation.ts'
import { ORIENTATION_WORDS } from '../../wording/report.ts'

const LETTER = 'M-7 10V-10H8M-7-1H5'

/** In SVG's coordinates, y downwards: [a b c d] of each orientation, in the order of their names. */
const MATRICES: readonly (readonly [number, number, number, number])[] = [
  [1, 0, 0, 1],
  [-1, 0, 0, 1],
  [1, 0, 0, -1],
  [-1, 0, 0, -1],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, -1, 0],
  [0, -1, -1, 0],
]

export function TurnedLetter({ orientation }: { orientation: Orientation }) {
  const matrix = MATRICES[ORIENTATIONS.indexOf(orientation)] ?? [1, 0, 0, 1]
  const words = ORIENTATION_WORDS[orientation]
  return (
    <svg class="turned-letter" width="92" height="40" viewBox="0 0 92 40" role="img" aria-label={words}>
      <rect class="frame" x="1.5" y="1.5" width="37" height="37" rx="6" />
      <path class="known" d={LETTER} transform="translate(20 20)" />
      <path class="arrow" d="M43 20h6m-2.5-3 3 3-3 3" />
      <rect class="frame" x="53.5" y="1.5" width="37" height="37" rx="6" />
      <path class="reported" d={LETTER} transform={`matrix(${matrix.join(' ')} 72 20)`} />
    </svg>
  )
}
