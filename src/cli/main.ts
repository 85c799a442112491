// The program: finds the command that is asked for, runs it, and says in words what went wrong.
import { enableCompileCache } from 'node:module'
import { Command } from 'commander'
import { printable } from '../hashing/file-path.ts'
import { meaningOf } from '../secrets/file-problem.ts'
import { COMMAND_NAMES, loadCommand, nameCommandsAfterErrors } from './commands.ts'
import { quoteNoArguments } from './quoted-arguments.ts'
import { OutputEndedError } from './standard-output.ts'
import { ownVersion } from './version.ts'

// Compiled code is kept from run to run, in the temporary folder: the libraries are most of the start. The environment
// tells threads where it is.
const { directory } = enableCompileCache()
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= directory

function inWords(error: Error & { readonly code: unknown }): string {
  const why = meaningOf(error)
  if (why === undefined) return error.message
  return `${'path' in error ? printable(String(error.path)) : 'One of the files that the command names'}: ${why}`
}

// A closed standard error ends nothing: what a command does matters more than what it says of it.
process.stderr.on('error', () => {})
// Of output that bypasses StandardOutput: what can't be written is no success.
process.stdout.on('error', () => {
  process.exitCode = 1
})

const asked = process.argv[2]
const isVersion = asked === '--version' || asked === '-V'
const named = asked === undefined || isVersion ? undefined : await loadCommand(asked)
const program = new Command('hashwarden')
  .description('Real-time detection of known child sexual abuse material in streams of hash-only reports')
  .version(ownVersion(), '-V, --version', 'print the version')
if (named) program.addCommand(named)
else if (!isVersion)
  for (const name of COMMAND_NAMES) {
    const command = await loadCommand(name)
    if (command) program.addCommand(command)
  }
quoteNoArguments(program)
nameCommandsAfterErrors(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 1
  // A reader that has seen enough, as `head` has, needs no words.
  if (!(error instanceof OutputEndedError && error.isReaderGone)) {
    // Errors that have a code are ours or the system's and say what to do; any other is a bug and shows where.
    const known = error instanceof Error && 'code' in error
    console.error(known ? inWords(error) : error)
  }
}
