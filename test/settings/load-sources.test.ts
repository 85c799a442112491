import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSources } from '../../src/settings/load-sources.ts'

function yamlFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-sources-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'sources.yaml')
  writeFileSync(file, text)
  return file
}

const NCMEC =
  'name: n, kind: ncmec, base: "https://example.org/hashsharing", username: u, password: { variable: P }'

test('the file that comes with it names no list', () => {
  expect(loadSources()).toEqual({ sources: [] })
})

test('a list is read with all that its kind has', () => {
  const { sources } = loadSources(yamlFile(`sources: [{ ${NCMEC}, everyMinutes: 30, since: "2020-01-01" }]`))
  expect(sources).toMatchObject([{ name: 'n', kind: 'ncmec', everyMinutes: 30 }])
})

test.each([
  ['{ kind: rss, name: a }', '/sources/0/kind must be equal to one of the allowed values: ncmec'],
  [`{ ${NCMEC}, pageSize: 3 }`, '/sources/0/pageSize is not a setting'],
  [
    '{ name: n, kind: tat, base: "https://example.org", username: u }',
    '/sources/0 must have required properties password',
  ],
  [`{ ${NCMEC} }, { ${NCMEC} }`, '/sources/1/name is there already'],
  [`{ ${NCMEC.replace('https:', 'http:')} }`, '/sources/0/base must begin with https://'],
  [
    `{ ${NCMEC.replace('https://', 'https://user:secret@')} }`,
    '/sources/0/base must be an address without a user',
  ],
  [
    `{ ${NCMEC}, handling: { audience: this-deployment, onward: same-audience } }`,
    '/sources/0/handling has onward same-audience with the audience this-deployment',
  ],
  [`{ ${NCMEC.replace('name: n', 'name: curation')} }`, 'curation is reserved'],
  [
    '{ name: t, kind: threatexchange, base: "https://example.org", privacyGroup: "1", token: { variable: T } }',
    '/sources/0 must have required properties purpose',
  ],
  [`{ ${NCMEC.replace('/hashsharing', '/exploitative-hashsharing')} }`, '/sources/0 needs a purpose'],
  [
    '{ name: f, kind: https, base: "https://example.org/l", format: lines, username: u }',
    'needs username and password',
  ],
])('the source %s is refused by its place', (source, problem) => {
  const load = (): unknown => loadSources(yamlFile(`sources: [${source}]`))
  expect(load).toThrow(problem)
  expect(load).not.toThrow('secret@')
})

test('a server on this machine may do without TLS', () => {
  for (const host of ['127.0.0.1:1', 'localhost', '[::1]:2'])
    expect(
      loadSources(yamlFile(`sources: [{ ${NCMEC.replace('https://example.org', `http://${host}`)} }]`))
        .sources,
    ).toHaveLength(1)
})
