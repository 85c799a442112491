// Why a file can't be read, in words that say what to do and don't repeat its name.

/** What the system's codes mean. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file: is the name right?',
  EACCES: 'this user may not read it: change its mode or its owner.',
  EISDIR: 'it is a folder: name a file.',
}

/** The words of the system's code; undefined of an error that has another code, or none. */
export const meaningOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? MEANINGS[String(error.code)] : undefined

/** Code and words, for example `ENOENT (there is no such file: is the name right?)`. */
export function fileProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const meaning = meaningOf(error)
  if (meaning !== undefined && 'code' in error) return `${String(error.code)} (${meaning})`
  // Node's text is `CODE: words, call 'path'`, and the path stands before it already.
  return error.message.replace(/, \w+ '.*'$/s, '')
}
