// The commands of the program, each with its exit codes in its help.
import type { Command } from 'commander'
import { exitCodesOf } from '../contract/exit-codes.ts'

/** Each command's module is loaded only when it is asked for (or when all are, for the help). */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  local: async () => (await import('./local.ts')).localCommand(),
  topics: async () => (await import('./topics.ts')).topicsCommand(),
  match: async () => (await import('./match.ts')).matchCommand(),
  hits: async () => (await import('./hits.ts')).hitsCommand(),
  hash: async () => (await import('./hash.ts')).hashCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  hashset: async () => (await import('./hashset.ts')).hashsetCommand(),
  search: async () => (await import('./search.ts')).searchCommand(),
  capacity: async () => (await import('./capacity.ts')).capacityCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
  retro: async () => (await import('./retro.ts')).retroCommand(),
  review: async () => (await import('./review.ts')).reviewCommand(),
  top: async () => (await import('./top.ts')).topCommand(),
  dlq: async () => (await import('./dlq.ts')).dlqCommand(),
}

export const COMMAND_NAMES: readonly string[] = Object.keys(LOADERS)

/** A command by its first word, or undefined if there is none of that name. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  if (!Object.hasOwn(LOADERS, name)) return undefined
  const command = await LOADERS[name]()
  showExitCodes(command, name)
  return command
}

/** For a command and all those below it: after an error of the words given, a group names its commands. */
export function nameCommandsAfterErrors(command: Command, words = command.name()): void {
  const names = command.commands.map((below) => below.name())
  if (names.length > 0)
    command.showHelpAfterError(`Commands of \`${words}\`: ${names.join(', ')}. --help tells more.`)
  for (const below of command.commands) nameCommandsAfterErrors(below, `${words} ${below.name()}`)
}

/** Each command of the program, with the words that call it. */
function showExitCodes(command: Command, words: string): void {
  const codes = exitCodesOf(words)
  if (codes !== undefined) {
    const lines = Object.entries(codes).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    command.addHelpText('after', `\nExit codes:\n${lines.join('\n')}`)
  }
  for (const below of command.commands) showExitCodes(below, `${words} ${below.name()}`)
}
