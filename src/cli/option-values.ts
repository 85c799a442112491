// Values of options that several commands have.
import { InvalidArgumentError } from 'commander'

/** A port to listen on. */
export function portNumber(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.')
}

export function parseTime(text: string): Date {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}(T.*Z)?$/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('Expected a date or a time in UTC, for example 2026-03-04T05:06:07Z.')
}

/** The name of a list. */
export function parseSource(text: string): string {
  if (/^[a-z0-9-]{1,32}$/.test(text)) return text
  throw new InvalidArgumentError('A source is at most 32 of a-z, 0-9 and -.')
}
