// Why, and until when: what a person says who decides on a case, an entry or a list.
import type { Signal } from '@preact/signals'
import { nowMs } from '../client/clock.ts'

/** Blanks are no reason: the form does not go. */
export const ReasonField = ({ reason, rows = 3 }: { reason: Signal<string>; rows?: number }) => (
  <label class="field">
    <span>Reason</span>
    <textarea
      rows={rows}
      dir="auto"
      maxLength={500}
      required
      value={reason.value}
      onInput={({ currentTarget: field }) => {
        field.setCustomValidity(field.value !== '' && field.value.trim() === '' ? 'Say why.' : '')
        reason.value = field.value
      }}
    />
  </label>
)

export const UntilField = ({ until }: { until: Signal<string> }) => (
  <label class="field">
    <span>Until the end of this day (UTC); empty: for good</span>
    <input
      type="date"
      min={new Date(nowMs.peek()).toISOString().slice(0, 10)}
      value={until.value}
      onInput={(event) => (until.value = event.currentTarget.value)}
    />
  </label>
)

/** The end of the day of the form; empty: for good. */
export const untilOf = (day: string): { readonly until?: string } =>
  day === '' ? {} : { until: `${day}T23:59:59Z` }
