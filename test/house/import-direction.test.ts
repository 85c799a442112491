// Imports point one way only (see src/README.md). The linter enforces it; this proves that the linter's rules are
// the table, for every pair of rooms, and that a forbidden import really fails.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAGED_PACKAGES, mayImport, ROOMS } from '../../src/documents/rooms.ts'

const NAMES = Object.keys(ROOMS)

/** The ways to import another room's file `x.ts`, from `src/<room>/` or a folder in it. */
const WAYS: Readonly<Record<string, (other: string) => string>> = {
  value: (other) => `import { x } from '../${other}/x.ts'\nconsole.log(x)\n`,
  type: (other) => `import type { X } from '../${other}/x.ts'\nexport const y: X = 1\n`,
  reexport: (other) => `export { x } from '../${other}/x.ts'\n`,
  everything: (other) => `export * from '../${other}/deeper/x.ts'\n`,
  'inner/value': (other) => `import { x } from '../../${other}/x.ts'\nconsole.log(x)\n`,
}

const project = fileURLToPath(new URL('../..', import.meta.url))
const house = mkdtempSync(join(tmpdir(), 'hashwarden-house-'))
/** Files in which the linter found a restricted import, relative to src/. */
let refused = new Set<string>()

const fileOf = (room: string, other: string, way: string): string => `${room}/${way}-of-${other}.ts`

beforeAll(() => {
  copyFileSync(join(project, '.oxlintrc.json'), join(house, '.oxlintrc.json'))
  for (const room of NAMES) {
    for (const other of NAMES) {
      if (room === other) continue
      for (const [way, text] of Object.entries(WAYS)) {
        const file = join(house, 'src', fileOf(room, other, way))
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text(other))
      }
    }
    mkdirSync(join(house, 'src', room, 'deeper'), { recursive: true })
    for (const name of Object.keys(CAGED_PACKAGES)) {
      writeFileSync(
        join(house, 'src', room, `imports-${name}.ts`),
        `import type { X } from '${name}'\nexport const y: X = 1\n`,
      )
    }
    writeFileSync(join(house, 'src', room, 'x.ts'), 'export const x = 1\nexport type X = number\n')
    writeFileSync(join(house, 'src', room, 'deeper', 'x.ts'), "export { x } from '../x.ts'\n")
  }
  refused = filesRefused()
})
afterAll(() => rmSync(house, { recursive: true }))

function filesRefused(): Set<string> {
  const { stdout, stderr, status } = spawnSync(
    join(project, 'node_modules/.bin/oxlint'),
    ['--format', 'unix', '--deny-warnings', 'src'],
    { cwd: house, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  if (status !== 1) throw new Error(`oxlint ended with ${status}: ${stderr}${stdout.slice(0, 1_000)}`)
  const lines = stdout.split('\n').filter((line) => line.includes('no-restricted-imports'))
  return new Set(lines.map((line) => line.slice(line.indexOf('src/') + 'src/'.length, line.indexOf(':'))))
}

describe.each(NAMES)('%s', (room) => {
  const others = NAMES.filter((other) => other !== room)

  test(`may import ${others.filter((other) => mayImport(room, other)).join(', ') || 'no other room'}, and nothing else`, () => {
    const expected = others.flatMap((other) =>
      Object.keys(WAYS).map((way) => [fileOf(room, other, way), mayImport(room, other) ? 'passes' : 'fails']),
    )
    const actual = expected.map(([file]) => [file, refused.has(file) ? 'fails' : 'passes'])
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected))
  })

  test('may import its own files', () => {
    expect(refused.has(`${room}/deeper/x.ts`)).toBe(false)
  })
})

test('every folder of src/ is a room of the table', () => {
  const folders = readdirSync(join(project, 'src'), { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .map(({ name }) => name)
  expect(folders.filter((name) => !NAMES.includes(name))).toEqual([])
  expect(existsSync(join(project, '.oxlintrc.json'))).toBe(true)
})

test.each(Object.entries(CAGED_PACKAGES))('%s may be imported in the room %s alone', (name, cage) => {
  expect(NAMES.filter((room) => !refused.has(`${room}/imports-${name}.ts`))).toEqual([cage])
})

/** The files of a folder whose imports match. */
const importing = (folder: string, imports: RegExp): readonly string[] =>
  globSync(`${folder}/**/*.ts`, { cwd: project }).filter((file) =>
    imports.test(readFileSync(join(project, file), 'utf8')),
  )

test('src/ imports nothing of bench/ or test/, and bench/ nothing of test/', () => {
  expect(importing('src', /from '(\.\.\/)+(test|bench)\//)).toEqual([])
  expect(importing('bench', /from '(\.\.\/)+test\//)).toEqual([])
})
