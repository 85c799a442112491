// What deploy/settings.md and deploy/codes.md say for people: each row has a meaning, and the rows are all there are.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { COMMAND_NAMES, loadCommand } from '../../src/cli/commands.ts'
import { EXIT_CODES } from '../../src/contract/exit-codes.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')

/** The cells of each row of the tables of a page. */
const rowsOf = (page: string): readonly (readonly string[])[] =>
  [...page.matchAll(/^\| (`?[\w.[\]-].*) \|\n(?!\|-)/gm)].map(([, row]) =>
    row.split(/ \| /).map((cell) => cell.trim()),
  )

/** Paths of the leaves of a document, lists left as they are. */
function leavesOf(value: unknown, path = ''): readonly string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [path]
  const fields = Object.entries(value)
  if (fields.length === 0) return [path]
  return fields.flatMap(([name, below]) => leavesOf(below, path === '' ? name : `${path}.${name}`))
}

test('every setting, code and right has a meaning for the reader', () => {
  const rows = ['settings', 'codes'].flatMap((page) => rowsOf(read(`deploy/${page}.md`)))
  expect(rows.length).toBeGreaterThan(150)
  expect(rows.filter((row) => (row.at(-1)?.length ?? 0) < 3)).toEqual([])
})

test('every default of config/hashwarden.yaml is in the reference', () => {
  const named = new Set(rowsOf(read('deploy/settings.md')).map(([name]) => name.replaceAll('`', '')))
  const missing = leavesOf(parse(read('config/hashwarden.yaml'))).filter((path) => !named.has(path))
  expect(missing).toEqual([])
})

const leavesIn = (command: Command, words: string): readonly string[] =>
  command.commands.length === 0 || hasAction(command)
    ? [words, ...command.commands.flatMap((below) => leavesIn(below, `${words} ${below.name()}`))]
    : command.commands.flatMap((below) => leavesIn(below, `${words} ${below.name()}`))

/** A command such as `review`, which has others below it and does something itself, has options of its own. */
const hasAction = (command: Command): boolean => command.options.length > 0

test('every command has its exit codes, in the list and in its help, and the list has no other', async () => {
  const all: string[] = []
  for (const name of COMMAND_NAMES) {
    const command = await loadCommand(name)
    if (command) all.push(...leavesIn(command, name))
  }
  expect(Object.keys(EXIT_CODES).toSorted()).toEqual(all.toSorted())
  const top = await loadCommand('top')
  let help = ''
  top?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  expect(help).toContain('Exit codes:\n    0  all is well')
  expect(await loadCommand('no-such-command')).toBeUndefined()
})
