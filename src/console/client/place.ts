// Which page is shown: the path, and what a page needs besides it (kept in the history, out of the URL).
import { signal } from '@preact/signals'

export interface Place {
  readonly path: string
  readonly state: unknown
}

const here = (): Place => ({ path: location.pathname, state: history.state })

export const place = signal<Place>(here())
window.addEventListener('popstate', () => (place.value = here()))

export function go(path: string, state: unknown = null): void {
  if (path === location.pathname) history.replaceState(state, '', path)
  else history.pushState(state, '', path)
  place.value = { path, state }
  scrollTo(0, 0)
}

/** Follows links of this site without loading the page again. */
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
  if (link.pathname.startsWith('/sign-in/') || link.hash) return
  event.preventDefault()
  go(link.pathname)
})
