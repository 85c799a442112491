// Whether an entry may be passed on, and to whom, as its list's terms (handling) say.
import type { Entry } from './known-hash.ts'

type Handling = Entry['handling']

/** Who else than this deployment may have entries. */
export const OTHERS = ['law-enforcement', 'members'] as const
export type Others = (typeof OTHERS)[number]

/** Whether an entry may be given to these audiences. What must stay here never leaves, whatever a reader's permissions are. */
export const mayBePassedOn = (
  { audience, onward }: Readonly<Handling>,
  audiences: readonly Others[],
): boolean => onward === 'same-audience' && audiences.some((one) => one === audience)

/** Why such a handling makes no sense, and what to do; undefined: it does. */
export const handlingContradiction = ({ audience, onward }: Readonly<Handling>): string | undefined =>
  onward === 'same-audience' && audience === 'this-deployment'
    ? 'has onward same-audience with the audience this-deployment, so there is no one to pass them on to: name law-enforcement or members, or onward none'
    : undefined
