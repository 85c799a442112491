// What the hits of a case say together: its row of the queue, and which queue that is.
import { GRADES, type Grade } from '../../contract/hit.ts'
import type { CaseFacts } from '../queues.ts'
import { sorted } from './hit-row.ts'

/** The facts of a case or of one hit. */
export interface Facts extends CaseFacts {
  readonly priority: number
  readonly oldestAt: Date
}

/** The columns of a hit that its case's facts are made of. */
export interface HitFacts {
  readonly platform: string
  readonly grade: Grade
  readonly priority: number
  readonly classifications: readonly string[]
  readonly jurisdictions: readonly string[]
  readonly basis: string
  readonly received_at: Date | string
}

export const factsOfHit = (hit: HitFacts): Facts => ({
  platform: hit.platform,
  grades: [hit.grade],
  classifications: hit.classifications,
  jurisdictions: hit.jurisdictions,
  bases: [hit.basis],
  priority: hit.priority,
  oldestAt: new Date(hit.received_at),
})

/** In any order, and with repetitions, the same facts. */
export const unitedFacts = (a: Facts, b: Facts): Facts => ({
  platform: a.platform,
  grades: GRADES.filter((grade) => a.grades.includes(grade) || b.grades.includes(grade)),
  classifications: sorted([...a.classifications, ...b.classifications]),
  jurisdictions: sorted([...a.jurisdictions, ...b.jurisdictions]),
  bases: sorted([...a.bases, ...b.bases]),
  priority: Math.max(a.priority, b.priority),
  oldestAt: a.oldestAt <= b.oldestAt ? a.oldestAt : b.oldestAt,
})
