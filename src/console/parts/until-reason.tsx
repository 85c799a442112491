// Why, and until when: what a person says who takes an entry out.
import type { Signal } from '@preact/signals'

export const ReasonField = ({ reason }: { reason: Signal<string> }) => (
  <label class="field">
    <span>Reason</span>
    <textarea
      rows={3}
      dir="auto"
      maxLength={500}
      required
      value={reason.value}
      onInput={(event) => (reason.value = event.currentTarget.value)}
    />
  </label>
)

export const UntilField = ({ until }: { until: Signal<string> }) => (
  <label class="field">
    <span>Until the end of this day (UTC); empty: for good</span>
    <input type="date" value={until.value} onInput={(event) => (until.value = event.currentTarget.value)} />
  </label>
)

/** The end of the day of the form; empty: for good. */
export const untilOf = (day: string): { readonly until?: string } =>
  day === '' ? {} : { until: `${day}T23:59:59Z` }
