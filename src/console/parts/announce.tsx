// Live regions: what changes without a press of a key is read out (WCAG 4.1.3).
import { signal } from '@preact/signals'

const polite = signal('')
const urgent = signal('')

/** Says a status message once the reader pauses. */
export const announce = (text: string): void => void (polite.value = text)
/** Says at once what can't wait: an error, or a lease that ends. */
export const alarm = (text: string): void => void (urgent.value = text)

export const LiveRegions = () => (
  <div class="unseen">
    <div role="status">{polite}</div>
    <div role="alert">{urgent}</div>
  </div>
)
