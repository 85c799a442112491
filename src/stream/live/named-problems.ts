// A problem of a partition or topic as the log and as /readyz may have it, and a bounded text for operators about problems of many partitions or topics.
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

export const shownProblems = (problems: ReadonlyMap<string, Problem>): string =>
  namedProblems(new Map([...problems].map(([name, { shown }]) => [name, shown])))

export const loggedProblems = (problems: ReadonlyMap<string, Problem>): ReadonlyMap<string, string> =>
  new Map([...problems].map(([name, { logged }]) => [name, logged]))
