import { enableCompileCache } from 'node:module'
import { Command } from 'commander'

// Compiled code is kept from run to run, in the temporary folder: the libraries are most of the start.
enableCompileCache()

/** Each command's module is loaded only when it is asked for (or when all are, for the help). */
const COMMANDS: Record<string, () => Promise<Command>> = {
  local: async () => (await import('./local.ts')).localCommand(),
  topics: async () => (await import('./topics.ts')).topicsCommand(),
  match: async () => (await import('./match.ts')).matchCommand(),
  hits: async () => (await import('./hits.ts')).hitsCommand(),
  hash: async () => (await import('./hash.ts')).hashCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  hashset: async () => (await import('./hashset.ts')).hashsetCommand(),
  search: async () => (await import('./search.ts')).searchCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
  retro: async () => (await import('./retro.ts')).retroCommand(),
  dlq: async () => (await import('./dlq.ts')).dlqCommand(),
}

const asked = process.argv[2]
const wanted =
  asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS)
const program = new Command('hashwarden').description(
  'Real-time detection of known child sexual abuse material in streams of hash-only reports',
)
for (const load of wanted) program.addCommand(await load())

try {
  await program.parseAsync()
} catch (error) {
  // Errors that have a code are ours or the system's and say what to do; any other is a bug and shows where.
  const known = error instanceof Error && 'code' in error
  console.error(known ? error.message : error)
  process.exitCode = 1
}
