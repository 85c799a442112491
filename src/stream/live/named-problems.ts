// A bounded text for operators about problems of many partitions or topics.
/** At most this many partitions or topics are named in a text for operators. */
const NAMED = 5

/** Problems by the name of what has them, in one text: the first five, and how many more there are. */
export function namedProblems(problems: ReadonlyMap<string, string>): string {
  const named = [...problems].slice(0, NAMED).map(([name, problem]) => `${name}: ${problem}`)
  const more = problems.size - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}
