// Exit codes: what a supervisor or a script may go by. The help of each command and deploy/codes.md print this list.

/** By code, its meaning: the end of a sentence that begins with the code. */
export type ExitCodes = Readonly<Record<number, string>>

/** Of every command. */
export const EVERY_COMMAND: ExitCodes = {
  0: 'done',
  1: 'an error: the last line on standard error says what to do. Also: an option or argument that is not known, or output that can’t be written (a full disk, a closed pipe)',
}

/** Of every command that runs until it is stopped. */
const UNTIL_STOPPED: ExitCodes = {
  0: 'stopped by SIGTERM or SIGINT, in order',
  130: 'a second SIGTERM or SIGINT: ended at once',
}

/** By command, its own codes. They take the place of those of every command. */
export const EXIT_CODES = {
  local: UNTIL_STOPPED,
  'topics plan': {
    0: 'the topics are as they must be',
    1: 'something is not as it must be, or the error on standard error',
  },
  'topics apply': {},
  match: {
    ...UNTIL_STOPPED,
    1: 'a start that can’t succeed; a known set that is lost; a stop that took longer than 4.8 s: see deploy/operations.md',
  },
  gateway: {
    ...UNTIL_STOPPED,
    1: 'a start that can’t succeed: the last line on standard error says what to do; or a stop that took longer than 4.8 s',
  },
  'gateway keys create': {},
  'gateway keys list': {},
  'gateway keys revoke': {},
  'gateway keys rotate': {},
  hits: UNTIL_STOPPED,
  hash: {
    0: 'every file was hashed',
    1: 'a file could not be read at all',
    2: 'there were warnings: a picture that is damaged or has no perceptual hash. Its other hashes are printed',
  },
  report: {
    1: 'a file or line could not be submitted (the others were), or the error on standard error',
  },
  'hashset import': {
    1: 'there were bad lines or records (the others are imported), or the error on standard error: then nothing is imported',
    3: 'nothing was published: the list would remove more than 10 % of what its source has, or add ten times as much; --yes lets it',
  },
  'hashset diff': {
    1: 'there were bad lines or records (the others are compared), or the error on standard error',
    3: 'an import would wait: the list would remove more than 10 % of what its source has, or add ten times as much',
  },
  'hashset remove': {
    1: 'there were bad lines (the others are removed), or the error on standard error',
  },
  'hashset list': {},
  'hashset stats': {},
  'hashset show': { 1: 'no list has an entry of these, or the error on standard error' },
  'hashset disable': {
    1: 'no reason, no audit, a line that means nothing, or no entry is meant: nothing was changed',
  },
  'hashset enable': {
    1: 'no reason, no audit, a line that means nothing, or no entry is meant: nothing was changed',
  },
  'hashset suppress': { 1: 'no reason, no audit, or a line that means nothing: nothing was changed' },
  'hashset unsuppress': {
    1: 'no reason, no audit, a line that means nothing, or no suppression is meant: nothing was changed',
  },
  'hashset release-due': {},
  'hashset export': {
    1: 'no audience is named, the list has no entry that may be exported, or the error on standard error',
  },
  'hashset sync': {
    ...UNTIL_STOPPED,
    1: 'a start that can’t succeed: the last line on standard error says what to do; or a stop that took longer than 4.8 s',
  },
  'hashset snapshot': {},
  'hashset verify': {
    0: 'the file is whole',
    1: 'the file is damaged, or the error on standard error',
  },
  'hashset compare': {
    0: 'it was summed up, or both hold the same',
    2: 'they differ: standard output says in which sources and parts',
  },
  'hashset feedback export': {},
  'hashset feedback send': {
    0: 'all that was due was sent',
    1: 'a source is away or refuses us (the others were sent to), or the error on standard error; the next run goes on from there',
    130: 'a second SIGTERM or SIGINT: ended at once; the next run goes on where it was',
  },
  'hashset serve': {
    ...UNTIL_STOPPED,
    1: 'a start that can’t succeed, or a topic of known hashes that was recreated: the last line on standard error says what to do; or a stop that took longer than 4.8 s',
  },
  search: {
    1: 'a file has bad lines: if the known file has one, nothing is searched; if the queries have one, the others are answered',
  },
  capacity: { 2: 'the plan is impossible: one process or one topic can’t hold it' },
  'bench search': {},
  retro: { 130: 'a second SIGTERM or SIGINT: ended at once; the next run goes on where it was' },
  review: {
    ...UNTIL_STOPPED,
    1: 'a start that can’t succeed: the last line on standard error says what to do; or a stop that took longer than 4.8 s',
  },
  'review migrate': {},
  'review audit verify': {
    0: 'every entry is as the published checkpoints say',
    1: 'an entry is not as it was, or the error on standard error',
  },
  'review audit key': {},
  'review sessions end': {},
  top: {
    0: 'all is well (of a snapshot: --once, --json, or no terminal)',
    1: 'no snapshot: Kafka can’t be reached, or has no topic of statuses',
    2: 'something is wrong: the text says what, the gravest first',
  },
  'dlq list': {},
  'dlq replay': {
    0: 'all that was asked for was submitted again',
    1: 'nothing was found, or some could not be submitted again: standard output says how many and why',
  },
} as const satisfies Readonly<Record<string, ExitCodes>>

/** The codes of a command, by code. Undefined if there is no such command. */
export function exitCodesOf(command: string): ExitCodes | undefined {
  const own = new Map<string, ExitCodes>(Object.entries(EXIT_CODES)).get(command)
  return own && { ...EVERY_COMMAND, ...own }
}
