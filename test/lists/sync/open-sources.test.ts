import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import type { Scheme } from '../../../src/lists/schemes/scheme.ts'
import { openSources } from '../../../src/lists/sync/open-sources.ts'
import { settingsDigest } from '../../../src/lists/sync/settings-digest.ts'
import type { SyncedSource } from '../../../src/lists/sync/sync-daemon.ts'
import type { SourceSettings } from '../../../src/settings/source-settings.ts'
import { KNOWN } from './list-topics.ts'
import { readRange, said } from './reading.ts'

const open = (source: SourceSettings): SyncedSource => openSources([source], KNOWN)[0]

test('a folder of CSVs with columns of their own is read by the mapping that its source names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-mapped-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const mapping = join(folder, 'columns.yaml')
  writeFileSync(
    mapping,
    'delimiter: ";"\nheader: true\ncolumns: { id: Number, hashes: { md5: Fingerprint } }\n',
  )
  const path = join(folder, 'files')
  mkdirSync(path)
  writeFileSync(join(path, 'list.csv'), `Number;Fingerprint\n12;${'a'.repeat(31)}b\n`)
  const { client } = open({ name: 'mapped', kind: 'folder', path, format: 'csv', mapping })
  await readRange(client)
  expect(said((await readRange(client)).pages)).toEqual([`md5:${'a'.repeat(31)}b:12`])
})

const NCMEC: SourceSettings = {
  name: 'ncmec',
  kind: 'ncmec',
  base: 'https://lists.example/one',
  username: 'user',
  password: { file: '/run/secrets/none' },
}

function schemeOf(role: 'match' | 'skip'): Scheme {
  return { name: 'one', title: 'A test', codes: { A: { meaning: 'a code', role } }, missing: 'skip' }
}

test.each<[string, Partial<typeof NCMEC>]>([
  ['another base', { base: 'https://lists.example/two' }],
  ['another handling', { handling: { audience: 'members', onward: 'none' } }],
  ['another purpose', { purpose: 'self-submitted' }],
  ['another scheme', { scheme: 'tat' }],
])('with %s the settings of a source have another digest, so that it is read anew', (_, change) => {
  // A change of one of the settings that this kind has.
  const changed = { ...NCMEC, ...change } as SourceSettings
  expect(open(changed).settings).not.toBe(open(NCMEC).settings)
})

test.each<[string, IntakeTerms, boolean]>([
  ['a source without a scheme of its own', { source: 'a-list', repeats: 'unite' }, true],
  ['no source with one', { source: 'a-list', repeats: 'unite', scheme: schemeOf('match') }, false],
])(
  'of %s the list is read anew when a scheme that lists declare has another meaning',
  (_, terms, isAnother) => {
    const before = settingsDigest(NCMEC, terms, () => [schemeOf('match')])
    expect(settingsDigest(NCMEC, terms, () => [schemeOf('skip')]) !== before).toBe(isAnother)
    const declared = { ...schemeOf('match'), declaredBy: ['XX'] }
    expect(settingsDigest(NCMEC, terms, () => [declared]) !== before).toBe(isAnother)
  },
)

test('a new credential, another time and another order of the settings leave the digest as it was', () => {
  const { password: _, ...rest } = NCMEC
  const changed: SourceSettings = {
    password: { variable: 'PASSWORD' },
    ...rest,
    everyMinutes: 60,
    timeoutSeconds: 5,
    removesShare: 0.2,
  }
  expect(open(changed).settings).toBe(open(NCMEC).settings)
})
