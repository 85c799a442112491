// The colours of tokens.css as a canvas needs them, read again when the scheme changes.
import { signal } from '@preact/signals'
import { MOST_LINES } from './lines.ts'

/** How each line is drawn besides its colour: lengths of dash and gap in pixels. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [1, 3]]

interface Colours {
  readonly lines: readonly string[]
  readonly text: string
  readonly grid: string
  readonly limit: string
  readonly surface: string
  readonly font: string
}

const isDark = matchMedia('(prefers-color-scheme: dark)')
export const colours = signal(read())
isDark.addEventListener('change', () => (colours.value = read()))

function read(): Colours {
  const style = getComputedStyle(document.documentElement)
  const raw = (name: string): string => style.getPropertyValue(name)
  // A custom property keeps light-dark() as text; the value of a property of colour is resolved.
  const probe = document.createElement('span')
  document.body.append(probe)
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const all = {
    lines: Array.from({ length: MOST_LINES }, (_, at) => colour(`line-${at + 1}`)),
    text: colour('ink-soft'),
    grid: colour('line'),
    limit: colour('warn'),
    surface: colour('surface'),
    font: `11px ${raw('--sans')}`,
  }
  probe.remove()
  return all
}
