import { expect, test } from 'vitest'
import { disableCommand, suppressCommand } from '../../src/cli/hashset-hold.ts'
import { listFile } from '../lists/list-files.ts'

test('the help of disable says that only a suppression outlasts the withdrawal of an entry', () => {
  expect(disableCommand().description()).toMatch(
    /withdraws and adds again .* only `hashset suppress` outlasts/,
  )
})

test('a value that says nothing of a file can’t be suppressed: matchers would refuse the record', async () => {
  const file = listFile(`md5 ${'a1'.repeat(8)}${'a2'.repeat(8)}\nmd5 d41d8cd98f00b204e9800998ecf8427e\n`)
  const suppressing = suppressCommand().parseAsync([file, '--reason', 'r', '--unaudited'], { from: 'user' })
  await expect(suppressing).rejects.toThrow('nothing to suppress. Nothing was done.')
})
