// Whether the page is as narrow as a phone: charts are then drawn for that width.
import { signal } from '@preact/signals'

const query = matchMedia('(max-width: 34rem)')
export const isNarrow = signal(query.matches)
query.addEventListener('change', ({ matches }) => (isNarrow.value = matches))
