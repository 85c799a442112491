// Problems of many partitions or topics in one bounded text for operators, as the log and as /readyz may have them.
import { WriteRefusedError } from '../../log/write-refused.ts'
import { errorSummary } from '../../telemetry/error-summary.ts'

/** At most this many partitions or topics are named in a text for operators. */
const NAMED = 5

/** Problems by the name of what has them, in one text: the first five, and how many more there are. */
export function namedProblems(problems: ReadonlyMap<string, string>): string {
  const named = [...problems].slice(0, NAMED).map(([name, problem]) => `${name}: ${problem}`)
  const more = problems.size - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

export interface Problem {
  /** On /readyz: our own words, codes and class names alone. */
  readonly shown: string
  /** In the log: with the messages of libraries, which may name hosts and identities. */
  readonly logged: string
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof WriteRefusedError))
    return { shown: errorSummary(error), logged: error instanceof Error ? error.message : String(error) }
  const { message, cause } = error
  return { shown: message, logged: cause instanceof Error ? `${message} ${cause.message}` : message }
}

export const shownProblems = (problems: ReadonlyMap<string, Problem>): string =>
  namedProblems(new Map([...problems].map(([name, { shown }]) => [name, shown])))

export const loggedProblems = (problems: ReadonlyMap<string, Problem>): ReadonlyMap<string, string> =>
  new Map([...problems].map(([name, { logged }]) => [name, logged]))
