// Whether a list is stale, by what the topic `lists` says of it: a daemon that is gone says nothing more.
import type { ListState } from '../contract/list-state.ts'

/** Of a state whose daemon does not say it yet. */
const DAY_SECONDS = 86_400

/** Whether the source was last read to its end longer ago than its daemon allows, or than a day. */
export const isStaleState = (
  { checkedAt, staleAfterSeconds = DAY_SECONDS }: ListState,
  nowMs: number,
): boolean => checkedAt !== undefined && nowMs - Date.parse(checkedAt) > staleAfterSeconds * 1_000
