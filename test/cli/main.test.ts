import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const ROOT = new URL('../..', import.meta.url)

test.each(['--version', '-V'])('%s prints the version of package.json', (option) => {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  const { status, stdout } = spawnSync(process.execPath, ['src/cli/main.ts', option], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` })
})
