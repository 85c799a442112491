// The command as an analyst runs it, up to the point where it would need Kafka: what it refuses, and what it says to do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { listFile } from '../lists/list-files.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MD5 = 'A1'.repeat(8) + 'A2'.repeat(8)
const CONTEXT = 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml'

async function importing(...args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    ['src/cli/main.ts', 'hashset', 'import', '--source', 'mine', ...args],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(child.exitCode).toBe(1)
  expect(out).toBe('')
  expect(err.toLowerCase()).not.toContain(MD5.toLowerCase())
  return err
}

/** A VICS file whose context has this path. */
const vics = (path: string, ...media: readonly object[]): string =>
  listFile(JSON.stringify({ '@odata.context': `${CONTEXT}/${path}$metadata#Media`, value: media }))

const media = (category?: unknown): object => ({
  MediaID: 1,
  MD5,
  ...(category === undefined ? {} : { Category: category }),
})

test('a list that is not there is named once, before anything else is asked for', async () => {
  expect(await importing('no-such-list.txt')).toBe(
    'no-such-list.txt: there is no such file: is the name right?\n',
  )
})

test.each<[string, () => readonly string[], RegExp]>([
  [
    'a list that may be passed on to this deployment alone',
    () => ['--classification', 'ncmec:A1', '--onward', 'same-audience', listFile(`md5 ${MD5}\n`)],
    /--audience, --onward.*Nothing was imported/,
  ],
  ['lines without a class', () => [listFile(`md5 ${MD5}\n`)], /line 1: .*--classification ncmec:A1/],
  ['a VICS file that declares no scheme', () => [vics('', media(1))], /--scheme NAME\|FILE/],
  ['a VICS file of a scheme that is not known', () => [vics('UK/', media(1))], /"UK".*--scheme FILE/],
  [
    'a VICS file of another scheme than the one named',
    () => ['--scheme', 'vics-us', vics('UK/', media(1))],
    /"UK", and vics-us is for US/,
  ],
  ['a VICS file without categories', () => [vics('US/', media(), media(null))], /--role suppress/],
  [
    'a scheme that is not there',
    () => ['--scheme', 'uk-caid', listFile('')],
    /no scheme uk-caid.*Schemes are icse/,
  ],
  [
    'matches as suppressions',
    () => ['--role', 'suppress', vics('US/', media(1))],
    /by the scheme vics-us its code is of role match/,
  ],
])('%s: the refusal is one line that says what to declare', async (_, args, expected) => {
  const said = await importing(...args())
  expect(said).toMatch(expected)
  expect(said.trimEnd().split('\n')).toHaveLength(1)
})

test('a source of our own suppressions can’t be named, nor a class beside a scheme', async () => {
  expect(await importing('--source', 'curation', '-')).toMatch(/curation is reserved/)
  expect(await importing('--scheme', 'vics-us', '--classification', 'a:b', '-')).toMatch(
    /conflict|cannot be used with/,
  )
})
