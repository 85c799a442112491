// What the page knows, asked for again and again while it can be seen.
import { useEffect } from 'preact/hooks'
import { api } from '../../client/api.ts'
import { loaded } from '../../client/loaded.ts'
import { repeated } from '../../client/repeated.ts'
import { mayI } from '../../client/session.ts'

const EVERY_MS = 4_000

export const lists = loaded(() => api.lists())
/** What people have decided. Who may not curate does not ask. */
export const decisions = loaded(() => api.curations())

const ask = async (): Promise<void> => {
  await Promise.all([lists.reload(), mayI('list.curate') ? decisions.reload() : undefined])
}

/** Keeps both fresh while the page is there. */
export function useListsNow(): void {
  useEffect(() => {
    const asking = repeated({ ask, everyMs: () => EVERY_MS, isHidden: () => document.hidden })
    const look = (): void => void asking.turn()
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      asking.stop()
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
}
