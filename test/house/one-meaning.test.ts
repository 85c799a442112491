// The names of folders and of concepts are words of this project: each means one thing.
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'

const SRC = new URL('../../src/', import.meta.url).pathname
/** Folders of the command line have the names of their commands. */
const COMMANDS = 'cli/'
/** Where `dlq replay` is made or explained: reports of the past are looked back at, and matched again. */
const OF_DEAD_LETTERS = [
  'README.md',
  'cli/dlq.ts',
  'console/client/api.ts',
  'console/wording/audit.ts',
  'console/wording/dead-letters.ts',
  'contract/exit-codes.ts',
  'contract/review-api/audit.ts',
  'contract/review-api/operations.ts',
  'review/api/routes/operations-routes.ts',
  'review/operations/letters.ts',
  'review/operations/running-operations.ts',
  'review/rights.ts',
  'stream/topics/dead-letters.ts',
]

test('no two rooms, nor folders in them, have the same name', () => {
  const folders = globSync('**/', { cwd: SRC }).filter((path) => !join(path, '/').startsWith(COMMANDS))
  const names = folders.map((path) => basename(path))
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
})

test('replay means dead letters that are submitted again, and nothing else', () => {
  const files = globSync('**/*.{ts,md}', { cwd: SRC })
  const naming = files.filter((file) => /replay/i.test(`${file} ${readFileSync(join(SRC, file), 'utf8')}`))
  expect(naming.toSorted()).toEqual(OF_DEAD_LETTERS)
})

test('each file of stream/threads says first in which thread it runs', () => {
  const files = globSync('stream/threads/*.ts', { cwd: SRC })
  const where = /^\/\/ (?:In the main thread|In a matcher thread|Between the threads): /
  expect(files.filter((file) => !where.test(readFileSync(join(SRC, file), 'utf8')))).toEqual([])
})
