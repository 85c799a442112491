// The option `--until`: a time that is still to come.
import { InvalidArgumentError } from 'commander'

/** A date or a time in UTC, later than now. */
export function futureTime(text: string): string {
  const time = new Date(text)
  if (!/^\d{4}-\d{2}-\d{2}(T.*Z)?$/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Expected a date or a time in UTC, for example 2027-03-04T05:06:07Z.')
  if (time.getTime() <= Date.now()) throw new InvalidArgumentError('Expected a time that is still to come.')
  return time.toISOString()
}
