// Why entries are held back, in the order in which they are offered.
import type { HeldKind } from '../../../contract/review.ts'
import { HELD_WORDS } from './shown.ts'

// The record has all kinds as its keys.
export const HELD_KINDS = Object.keys(HELD_WORDS) as readonly HeldKind[]
