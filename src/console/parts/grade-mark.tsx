// A grade as shape and word: one to four of its four bars are filled. The colour only repeats it.
import type { Grade } from '../../contract/hit.ts'
import { GRADE_WORDS } from '../wording/grades.ts'

const BARS = [0, 1, 2, 3] as const

export function GradeBars({ grade, size = 14 }: { grade: Grade; size?: number }) {
  const { bars } = GRADE_WORDS[grade]
  return (
    <svg class={`grade-bars ${grade}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {BARS.map((bar) => (
        <rect
          key={bar}
          class={bar < bars ? 'filled' : 'hollow'}
          x={bar * 4 + 0.5}
          y={11 - bar * 3}
          width="3"
          height={4 + bar * 3 + 0.5}
          rx="1"
        />
      ))}
    </svg>
  )
}

export const GradeMark = ({ grade }: { grade: Grade }) => (
  <span class={`grade-mark ${grade}`}>
    <GradeBars grade={grade} />
    {GRADE_WORDS[grade].name}
  </span>
)
