// A time of a chart in words, as exact as its times are apart and with the day where they may be of two. Pure.
import { clockSeconds, clockTime, dayTime } from '../wording/times.ts'

const MINUTE_SECONDS = 60
/** From this span on the same clock time is easily taken for that of another day. */
const LONG_SECONDS = 12 * 3_600

/** `14:03`, `14:03:20` or `Mon 14:03`; `at` is one of `times`, in seconds since 1970. */
export function momentOf(times: readonly number[], at: number): string {
  const [first = at, second = first + MINUTE_SECONDS] = times
  if ((times.at(-1) ?? at) - first > LONG_SECONDS) return dayTime(at)
  return second - first < MINUTE_SECONDS ? clockSeconds(at) : clockTime(at)
}
