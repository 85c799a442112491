// The option `--until`: a time that is still to come.
import { InvalidArgumentError } from 'commander'
import { parseTime } from './option-values.ts'

/** A date or a time in UTC, later than now. */
export function futureTime(text: string): string {
  const time = parseTime(text)
  if (time.getTime() <= Date.now()) throw new InvalidArgumentError('Expected a time that is still to come.')
  return time.toISOString()
}
