// The error of a log that refuses commits.
/**
 * The log is there, and refuses a group's commit. To join the group again doesn't help; an operator has to mend the cause,
 * which the message names.
 */
export class CommitRefusedError extends Error {
  readonly code = 'COMMIT_REFUSED'
  override readonly name = 'CommitRefusedError'
}
