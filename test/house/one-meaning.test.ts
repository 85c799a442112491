// A folder's name is a word of this project: it may mean one thing only.
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

const SRC = new URL('../../src/', import.meta.url).pathname
/** Folders of the command line have the names of their commands. */
const COMMANDS = 'cli/'

test('no two rooms, nor folders in them, have the same name', () => {
  const folders = globSync('**/', { cwd: SRC }).filter((path) => !join(path, '/').startsWith(COMMANDS))
  const names = folders.map((path) => basename(path))
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
})
