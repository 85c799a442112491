import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadScheme, schemeDeclaredBy, schemeNames } from '../../../src/lists/schemes/load-scheme.ts'
import { decide } from '../../../src/lists/schemes/scheme.ts'
import { listFile } from '../list-files.ts'

const matchesOf = (name: string): readonly string[] =>
  Object.keys(loadScheme(name).codes).filter((code) => decide(loadScheme(name), code).role === 'match')

test('every scheme that is shipped can be read by its name, which its entries carry', () => {
  const names = schemeNames()
  expect(names).toEqual(['icse', 'iwf', 'ncmec', 'stopncii', 'tat', 'threatexchange', 'vics-us'])
  for (const name of names) expect(loadScheme(name).name).toBe(name)
})

test('of the categories of the United States 1 and 2 are matches; the others and none are left out', () => {
  const vics = loadScheme('vics-us')
  expect(matchesOf('vics-us')).toEqual(['1', '2'])
  for (const code of ['0', '3', '4', '5'])
    expect(decide(vics, code)).toEqual({ role: 'skip', why: expect.stringMatching(`^vics-us ${code}: `) })
  expect(decide(vics, undefined)).toEqual({ role: 'skip', why: 'vics-us: without a code' })
})

test.each(['6', '01', '1.0', '', 'A1', 'constructor', '__proto__'])(
  'a code that a scheme does not have is refused and not quoted: %j',
  (code) => {
    const decided = decide(loadScheme('vics-us'), code)
    expect(decided).toEqual({
      role: 'refuse',
      reason: 'its code is none of the scheme vics-us (0, 1, 2, 3, 4, 5)',
      isUnknownClass: true,
    })
  },
)

test('a NCMEC entry without a classification is a match, a ThreatExchange one without an opinion is refused', () => {
  expect(decide(loadScheme('ncmec'), undefined)).toEqual({ role: 'match', code: 'unclassified' })
  expect(decide(loadScheme('threatexchange'), undefined).role).toBe('refuse')
})

test('opinions that speak against an entry make none', () => {
  expect(matchesOf('threatexchange')).toEqual(['POSITIVE_CLASS', 'INVESTIGATION_SEED'])
})

test('a list that declares US follows the scheme of the United States; other names are not known', () => {
  expect(schemeDeclaredBy('US')?.name).toBe('vics-us')
  expect(schemeDeclaredBy('UK')).toBeUndefined()
})

test('a list that declares a scheme by its own name, as our exports do, follows it', () => {
  for (const name of schemeNames()) expect(schemeDeclaredBy(name)?.name).toBe(name)
})

test('a file without a code is a match by the scheme of its own format alone', () => {
  for (const name of ['icse', 'ncmec', 'stopncii', 'tat']) {
    expect(decide(loadScheme(name), undefined, name).role).toBe('match')
    expect(decide(loadScheme(name), undefined, 'csv')).toEqual({
      role: 'refuse',
      reason: expect.stringContaining(`only a list of the format ${name} may lack one`),
    })
  }
  expect(decide(loadScheme(schemeFile({ missing: 'bad' })), undefined, 'csv').role).toBe('match')
})

/** A scheme of one's own, with some of its lines replaced. */
function schemeFile(replaced: Readonly<Record<string, string>> = {}): string {
  const lines: Readonly<Record<string, string>> = {
    name: 'mine',
    title: 'My own',
    purpose: 'csam',
    codes: '{ bad: { meaning: known, role: match }, ok: { meaning: known good, role: suppress } }',
    missing: 'refuse',
    ...replaced,
  }
  const file = listFile('')
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
  )
  return file
}

test('a file of one’s own says what its codes mean', () => {
  const scheme = loadScheme(schemeFile())
  expect(decide(scheme, 'bad')).toEqual({ role: 'match', code: 'bad' })
  expect(decide(scheme, 'ok')).toEqual({ role: 'suppress', code: 'ok' })
})

test.each([
  ['a role that no scheme has', { codes: '{ bad: { meaning: known, role: hit } }' }, /role must be/],
  ['a code that the contract refuses', { codes: '{ "a/b": { meaning: known, role: match } }' }, /codes/],
  ['a word for a missing code that is none', { missing: 'match' }, /\/missing must be skip, refuse, or one/],
  ['a field that is not known', { code: '1' }, /\/code is not a setting/],
])('a file with %s is refused, and the file named', (_, replaced, expected) => {
  const file = schemeFile(replaced)
  expect(() => loadScheme(file)).toThrow(expected)
  expect(() => loadScheme(file)).toThrow(file)
})

test('a scheme that is not there is named, and what to do', () => {
  expect(() => loadScheme('uk-caid')).toThrow(/no scheme uk-caid.*Schemes are icse/)
})
