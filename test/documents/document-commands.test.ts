// Every command that a document gives exists, with its options. Those of other programs are listed here with the reason why no
// test runs them, so that a new one is thought about.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { COMMAND_NAMES, loadCommand } from '../../src/cli/commands.ts'
import {
  argumentsOfOurs,
  commandsIn,
  commandsOf,
  DOCUMENTS,
  wordsOf,
  type DocumentCommand,
} from './document-commands.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'))
const GIVEN = DOCUMENTS.flatMap(commandsOf)
const OURS = GIVEN.flatMap((command) => {
  const given = argumentsOfOurs(command.words)
  return given === undefined ? [] : [{ ...command, given }]
})
const shown = ({ file, words }: DocumentCommand): string => `${file}: ${words.join(' ')}`

/** Programs that are not ours, each with the reason why no test runs what the documents say of them. */
const OTHERS: Readonly<Record<string, string>> = {
  createdb: 'comes with PostgreSQL; test/review/audit/restored-backup.store.test.ts restores without it',
  curl: 'asks a process that the reader has running',
  df: 'any system has it',
  docker: 'no daemon in tests; test/deploy/compose.test.ts checks the file',
  export: 'any shell has it',
  helm: 'npm run test:chart runs it, which needs helm',
  'kafka-consumer-groups.sh': 'comes with Kafka, of which tests have the jars alone',
  'kafka-reassign-partitions.sh': 'the same',
  'kafka-topics.sh': 'the same',
  'kafka-transactions.sh': 'the same',
  mv: 'any system has it',
  npm: 'its scripts: the test above says that package.json has each',
  openssl: 'makes the audit’s key; tests make theirs by Node',
  sed: 'any system has it',
  pg_dump: 'comes with PostgreSQL; restored-backup.store.test.ts copies a store',
  pg_restore: 'the same',
  sh: 'makes passwords on this machine: test/deploy/compose.test.ts runs it',
}

/** A new program of all commands, none of which does anything. */
async function inertProgram(): Promise<Command> {
  const program = new Command('hashwarden').exitOverride().version('0')
  for (const name of COMMAND_NAMES) {
    const command = await loadCommand(name)
    if (command) program.addCommand(command)
  }
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
    // `review` has commands below it, and does something itself: so it has options.
    if (command.commands.length === 0 || command.options.length > 0) command.action(() => {})
    command.commands.forEach(silence)
  }
  silence(program)
  return program
}

/** Why the program would not run these arguments; undefined if it would. */
async function refusalOf(given: readonly string[]): Promise<string | undefined> {
  try {
    await (await inertProgram()).parseAsync([...given], { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? undefined : error.message
  }
}

describe('commands of the documents', () => {
  test('are found: in blocks, in sentences, with variables and comments, over several lines', () => {
    const text =
      'See `hashwarden top --json`.\n```sh\nA=b npx hashwarden match \\\n  --threads 2   # comment\nps | head\n```\n'
    expect(commandsIn('f', text).map(({ words }) => words)).toEqual([
      ['npx', 'hashwarden', 'match', '--threads', '2'],
      ['ps'],
      ['head'],
      ['hashwarden', 'top', '--json'],
    ])
    expect(wordsOf(`x 'a b' "c d" > out`)).toEqual(['x', 'a b', 'c d'])
    expect(GIVEN.length).toBeGreaterThan(80)
    expect(OURS.length).toBeGreaterThan(40)
  })

  test('every block of commands says that it is one (```sh), and no other block has a command', () => {
    const looksLikeOne =
      /^ {0,3}(?:[A-Z_]+=\S+ )*(?:npx |npm |hashwarden |\S+\/hashwarden\.mjs |docker |helm |kubectl |psql |pg_\w+ |kafka-[\w-]+\.sh )/m
    const wrong = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm)]
        .filter(([, language, block]) => language !== 'sh' && looksLikeOne.test(block))
        .map(([, language, block]) => `${file}: \`\`\`${language} ${looksLikeOne.exec(block)?.[0].trim()}`),
    )
    expect(wrong).toEqual([])
  })

  test('of ours, those in blocks would be run as they stand', async () => {
    const wrong: string[] = []
    for (const command of OURS.filter(({ isBlock }) => isBlock)) {
      const refusal = await refusalOf(command.given)
      if (refusal !== undefined) wrong.push(`${shown(command)}: ${refusal}`)
    }
    expect(wrong).toEqual([])
  })

  test('of ours, those in sentences name commands and options that exist', async () => {
    const program = await inertProgram()
    const wrong = OURS.filter(({ isBlock }) => !isBlock).filter(({ given }) => !exists(program, given))
    expect(wrong.map(shown)).toEqual([])
  })

  test('a command, an option or an argument that does not exist is found', async () => {
    expect(await refusalOf(['match', '--thread', '2'])).toContain("unknown option '--thread'")
    expect(await refusalOf(['match', '--threads', 'N'])).toContain('whole number')
    expect(await refusalOf(['topics', 'aply'])).toContain('unknown command')
    expect(await refusalOf(['hashset', 'import'])).toBeDefined()
    expect(await refusalOf(['top', '--json'])).toBeUndefined()
    expect(await refusalOf(['--version'])).toBeUndefined()
    const program = await inertProgram()
    expect(exists(program, ['dlq', 'list', '--json'])).toBe(true)
    expect(exists(program, ['dlq', 'lists'])).toBe(false)
    expect(exists(program, ['dlq', 'list', '--jsn'])).toBe(false)
  })

  test('of npm name scripts that package.json has', () => {
    const wrong = GIVEN.filter(({ words: [program, verb, script] }) => {
      if (program !== 'npm') return false
      if (verb === 'run') return !Object.hasOwn(scripts, script ?? '')
      return !['test', 'start', 'ci', 'install', 'pack'].includes(verb ?? '')
    })
    expect(wrong.map(shown)).toEqual([])
  })

  test('of other programs are in the list, each with a reason, and the list names no program too many', () => {
    const programs = new Set(
      GIVEN.filter(({ isBlock, words }) => isBlock && argumentsOfOurs(words) === undefined).map(
        ({ words }) => words[0] ?? '',
      ),
    )
    expect([...programs].filter((name) => !Object.hasOwn(OTHERS, name))).toEqual([])
    expect(Object.keys(OTHERS).filter((name) => !programs.has(name))).toEqual([])
  })

  test('plan a capacity that the calculator has', () => {
    const planned = OURS.filter(({ isBlock, given: [command] }) => isBlock && command === 'capacity')
    expect(planned.length).toBeGreaterThan(0)
    for (const { given } of planned) {
      const { status } = spawnSync(process.execPath, ['src/cli/main.ts', ...given], { cwd: ROOT })
      expect(status, given.join(' ')).toBe(0)
    }
  })
})

/** Whether the words name commands that are there, and their options; values are placeholders. */
function exists(program: Command, given: readonly string[]): boolean {
  let command = program
  let index = 0
  for (; index < given.length; index++) {
    const next = command.commands.find((each) => each.name() === given[index])
    if (next === undefined) break
    command = next
  }
  // A group of commands alone is named as a whole: `hashwarden topics`.
  const rest = given.slice(index)
  if (command === program && rest.length > 0)
    return rest.every((word) => /^--(version|help)$/.test(word) || /^[<…]/.test(word))
  if (command.commands.length > 0 && rest.some((word) => /^[a-z]/.test(word))) return false
  const options = new Set(['--help', ...command.options.map(({ long }) => long)])
  return rest.filter((word) => word.startsWith('--')).every((word) => options.has(word.split('=')[0]))
}
