// A time: how old it is, with both clocks behind it.
import { nowMs } from '../client/clock.ts'
import { age, ago, localTime, utcTime } from '../wording/times.ts'

/** The age of something, with the time itself as its title. */
export const Age = ({ at }: { at: string }) => (
  <time dateTime={at} title={`${utcTime(at)} · ${localTime(at)}`}>
    {age(Date.parse(at), nowMs.value)}
  </time>
)

/** How long ago something was, in the same way. */
export const Ago = ({ at }: { at: string }) => (
  <time dateTime={at} title={`${utcTime(at)} · ${localTime(at)}`}>
    {ago(Date.parse(at), nowMs.value)}
  </time>
)

/** A time in UTC, with the reader's own beneath it. */
export const BothClocks = ({ at }: { at: string }) => (
  <time class="both-clocks" dateTime={at}>
    <span>{utcTime(at)}</span>
    <span class="soft">{localTime(at)} here</span>
  </time>
)
