// What a command says of wrong arguments quotes none: a pasted hash, reference or password would go where standard error goes.
import type { Command } from 'commander'

/** Of options and commands only what looks like a mistyped word is shown again. */
const WORD = /^-{0,2}[a-z]{1,12}(?:-[a-z]{1,12}){0,2}$/

/** For a command and all those below it. */
export function quoteNoArguments(command: Command): void {
  command.configureOutput({ outputError: (message, write) => write(withoutArguments(message)) })
  for (const each of command.commands) quoteNoArguments(each)
}

function withoutArguments(message: string): string {
  // A quoted value may hold quotes and newlines.
  return message
    .replace(/(?<=' argument) '.*'(?= is invalid\.)/s, '')
    .replace(/(?<=^error: command-argument value) '.*'(?= is invalid for argument ')/s, '')
    .replace(/(?<=^error: unknown (?:option|command)) '(.*)'/s, (quoted, name: string) =>
      WORD.test(name) ? quoted : '',
    )
}
