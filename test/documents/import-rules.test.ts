// The linter's rules forbid exactly the imports that the rooms don't allow.
import { expect, test } from 'vitest'
import { lintConfig, withRoomTable } from '../../src/documents/import-rules.ts'
import { CAGED_PACKAGES, LEAVES, mayImport, ROOMS } from '../../src/documents/rooms.ts'

interface Config {
  readonly rules?: unknown
  readonly overrides: readonly {
    readonly files: readonly string[]
    readonly rules: {
      readonly 'no-restricted-imports': readonly [
        'error',
        { readonly patterns: readonly { readonly regex: string; readonly message: string }[] },
      ]
    }
  }[]
}

const config: Config = JSON.parse(lintConfig('{"rules":{"eqeqeq":"error"},"overrides":["stale"]}'))
const rooms = Object.keys(ROOMS)

/** The messages that the linter has for an import from a file of this room. */
const complaints = (room: string, imported: string): readonly string[] =>
  config.overrides
    .filter(({ files }) => files.includes(`src/${room}/**`))
    .flatMap(({ rules }) => rules['no-restricted-imports'][1].patterns)
    .filter(({ regex }) => new RegExp(regex).test(imported))
    .map(({ message }) => message)

test('an import between two rooms is refused if the rooms do not allow it, from any depth', () => {
  for (const from of rooms) {
    for (const to of rooms.filter((room) => room !== from)) {
      const expected = mayImport(from, to) ? 0 : 1
      for (const imported of [`../${to}/a.ts`, `../../${to}/a.ts`, `../../${to}/deep/a.ts`])
        expect(complaints(from, imported), `${from} imports ${imported}`).toHaveLength(expected)
    }
  }
})

test('imports within a room, of packages and of Node are not the rooms’ business', () => {
  for (const room of rooms)
    for (const imported of ['./a.ts', '../a.ts', './matching/a.ts', 'node:fs', 'fast-check'])
      expect(complaints(room, imported), `${room} imports ${imported}`).toEqual([])
})

test('a caged package is for its own room, and a package whose name only begins like it for all', () => {
  for (const [name, cage] of Object.entries(CAGED_PACKAGES)) {
    for (const room of rooms) {
      const expected = room === cage ? 0 : 1
      expect(complaints(room, name)).toHaveLength(expected)
      expect(complaints(room, `${name}/src/index.js`)).toHaveLength(expected)
      expect(complaints(room, `${name}-more`)).toEqual([])
    }
  }
})

test('leaves import nothing, every room may import them, and the message says what a room may import', () => {
  for (const leaf of LEAVES) {
    for (const other of rooms.filter((room) => room !== leaf)) {
      expect(mayImport(leaf, other)).toBe(false)
      expect(mayImport(other, leaf)).toBe(!LEAVES.includes(other))
    }
  }
  expect(complaints('hash', '../cli/main.ts')).toEqual([
    'The room hash may import only nothing: see src/README.md.',
  ])
})

test('the rest of the linter’s configuration stays, and stale rules go', () => {
  expect(config.rules).toEqual({ eqeqeq: 'error' })
  expect(config.overrides).toHaveLength(rooms.length)
  expect(JSON.stringify(config)).not.toContain('stale')
})

test('the table has a line for each room', () => {
  const table = withRoomTable('<!-- rooms: generated -->\nold\n<!-- /rooms -->\n')
  for (const room of rooms) expect(table).toContain(`| \`${room}/\` | ${ROOMS[room].purpose} |`)
  expect(table).not.toContain('old')
})
