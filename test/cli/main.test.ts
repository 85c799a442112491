import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { COMMAND_NAMES, loadCommand } from '../../src/cli/commands.ts'

const ROOT = new URL('../..', import.meta.url)

test.each(['--version', '-V'])('%s prints the version of package.json', (option) => {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  const { status, stdout } = spawnSync(process.execPath, ['src/cli/main.ts', option], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` })
})

test.each([{ words: [] }, { words: ['hashset'] }, { words: ['topics'] }, { words: ['review', 'audit'] }])(
  'after an unknown command of hashwarden and $words a line names those that exist',
  async ({ words }) => {
    const [first, second]: readonly (string | undefined)[] = words
    const command = first === undefined ? undefined : await loadCommand(first)
    const group = second === undefined ? command : command?.commands.find((one) => one.name() === second)
    const names = group?.commands.map((one) => one.name()) ?? COMMAND_NAMES
    const args = ['src/cli/main.ts', ...words, 'wrong']
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
    expect({ status, lines: stderr.trimEnd().split('\n') }).toEqual({
      status: 1,
      lines: [
        "error: unknown command 'wrong'",
        `Commands of \`${['hashwarden', ...words].join(' ')}\`: ${names.join(', ')}. --help tells more.`,
      ],
    })
  },
)
