// Named queues: which queue a case belongs to, and who may work in it.
import type { ReviewSettings } from '../settings/review-settings.ts'
import type { Actor } from './rights.ts'
import type { Grade } from '../contract/hit.ts'

/** What the rules of queues look at. */
export interface CaseFacts {
  readonly platform: string
  readonly grades: readonly Grade[]
  /** `scheme:code` */
  readonly classifications: readonly string[]
  readonly jurisdictions: readonly string[]
  readonly bases: readonly string[]
}

type Queue = ReviewSettings['queues'][number]

/** The first queue whose rules all hold; the last one of the settings has none, and takes the rest. */
export function queueOf(queues: readonly Queue[], facts: CaseFacts): string {
  const queue = queues.find(({ when = {} }) =>
    [
      fits(when.platforms, [facts.platform]),
      fits(when.grades, facts.grades),
      fits(when.classifications, facts.classifications),
      fits(when.jurisdictions, facts.jurisdictions),
      fits(when.bases, facts.bases),
    ].every(Boolean),
  )
  // Checked when the settings are read: there always is one without rules.
  return queue?.name ?? ''
}

const fits = (wanted: readonly string[] | undefined, have: readonly string[]): boolean =>
  wanted === undefined || have.some((one) => wanted.includes(one))

/** The names of the queues that this person may see and work in. */
export const queuesFor = (queues: readonly Queue[], { groups }: Actor): readonly string[] =>
  queues
    .filter((queue) => queue.groups === undefined || queue.groups.some((group) => groups.includes(group)))
    .map(({ name }) => name)
