// Who may do what: the one table of rights.
import type { Role } from '../contract/review.ts'

const RIGHTS = [
  'queue.read',
  'case.read',
  'case.work',
  'case.second',
  'case.settle',
  'case.direct',
  'case.hold',
  'decision.correct',
  'outcome.report',
  'search',
  'entry.read',
  'entry.suspect',
  'export',
  'audit.read',
  'audit.verify',
  'fleet.read',
  'dead-letter.replay',
  'list.read',
  'list.approve',
  'list.curate',
] as const
export type Right = (typeof RIGHTS)[number]

const REVIEWER: readonly Right[] = [
  'queue.read',
  'case.read',
  'case.work',
  'outcome.report',
  'search',
  'entry.read',
  'entry.suspect',
  'export',
]

/**
 * `case.work`: lease, decide, skip, undo, of first opinions. `case.second`: the same of second opinions. `case.settle`: of
 * cases whose opinions differ. `case.direct`: assign, move, raise, and see who holds what.
 * `fleet.read`: the operations page, which tells nothing of a case. `list.read`: where lists stand and what they hold, as
 * counts. `list.approve`: let a change pass that an import or a synchronisation holds for a person's word. `list.curate`: see
 * which values are held back, disable and release entries, suppress values.
 */
const OF_ROLE: Readonly<Record<Role, readonly Right[]>> = {
  reviewer: REVIEWER,
  'second-reviewer': [...REVIEWER, 'case.second'],
  supervisor: [
    ...REVIEWER,
    'case.second',
    'case.settle',
    'case.direct',
    'case.hold',
    'decision.correct',
    'fleet.read',
    'list.read',
    'list.approve',
    'list.curate',
  ],
  operator: ['queue.read', 'fleet.read', 'dead-letter.replay', 'list.read', 'list.approve'],
  auditor: ['queue.read', 'case.read', 'entry.read', 'audit.read', 'audit.verify', 'export'],
}

/** What the service does by itself has this actor in the audit. */
export const SYSTEM = 'system'

/** Who asks. `groups` are the identity provider's, and open queues. */
export interface Actor {
  readonly subject: string
  readonly roles: readonly Role[]
  readonly groups: readonly string[]
}

export const rightsOf = (roles: readonly Role[]): ReadonlySet<Right> =>
  new Set(roles.flatMap((role) => OF_ROLE[role]))

export const may = ({ roles }: Actor, right: Right): boolean => rightsOf(roles).has(right)
