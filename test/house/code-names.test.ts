// Documents print names of the code in backticks: files, types, functions, constants. Each must exist.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const DOCUMENTS = globSync(['src/**/README.md', 'test/**/README.md', 'bench/README.md'], { cwd: ROOT })
const SOURCES = globSync(['src/**/*.{ts,tsx,mjs}', 'test/**/*.ts', 'bench/**/*.{ts,py}', 'deploy/**/*.mjs'], {
  cwd: ROOT,
})

const files = new Set(SOURCES.map((file) => basename(file)))
/** Of all folders that hold sources, as `packed/`. */
const folders = new Set(SOURCES.map((file) => `${basename(dirname(file))}/`))
const words = new Set(
  SOURCES.filter((file) => !file.endsWith('code-names.test.ts')).flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8').match(/[A-Za-z_$][\w$]*/g),
  ),
)

/** A path or file name of the project. */
const PATH = /^[\w.-]+(?:\/[\w.-]*)+$|^[\w.-]+\.(?:tsx?|mjs|py|json)$/
/** `MatchStream.#work`, `decodeReport`, `PORTION_RECORDS`: not a plain word, which may be a setting or a topic. */
const NAME = /^[A-Za-z]+(?:\.#?[A-Za-z]+)*$|^[A-Z][A-Z0-9_]+$/
const isPlainWord = (name: string): boolean => /^[a-z]+$|^[A-Z][a-z]+$/.test(name)

function isThere(text: string, folder: string): boolean {
  if (PATH.test(text)) {
    // Not in git: made when it is needed.
    if (text.startsWith('.cache/')) return true
    const places = [ROOT, join(ROOT, 'src'), join(ROOT, folder)]
    return files.has(text) || folders.has(text) || places.some((place) => existsSync(join(place, text)))
  }
  if (!NAME.test(text)) return true
  return text.split(/\.#?/).every((name) => isPlainWord(name) || words.has(name))
}

const namesIn = (text: string): string[] =>
  [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, name]) => name)

test('every code name in the documents of src/, test/ and bench/ exists', () => {
  expect(DOCUMENTS.length).toBeGreaterThan(6)
  const missing = DOCUMENTS.flatMap((file) =>
    namesIn(readFileSync(join(ROOT, file), 'utf8'))
      .filter((name) => !isThere(name, dirname(file)))
      .map((name) => `${file}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('every link in the documents leads to a file, and its heading is there', () => {
  const all = [
    ...DOCUMENTS,
    'README.md',
    'deploy/kafka.md',
    'deploy/operations.md',
    'deploy/review/README.md',
    'deploy/review/reviewers.md',
  ]
  const broken = all.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\]\(([^)#\s]*)(?:#([\w-]+))?\)/g)]
      .filter(([, path, heading]) => !/^https?:/.test(path) && !leadsSomewhere(file, path, heading))
      .map(([link]) => `${file}: ${link}`),
  )
  expect(broken).toEqual([])
})

function leadsSomewhere(from: string, path: string, heading: string | undefined): boolean {
  const target = path === '' ? join(ROOT, from) : join(ROOT, dirname(from), path)
  if (!existsSync(target)) return false
  if (heading === undefined) return true
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  )
  return headings.includes(heading)
}

test('a name, a file or a link that does not exist is found', () => {
  expect(isThere('MatchStream.#work', 'src')).toBe(true)
  expect(isThere('MatchStream.#doNothingAtAll', 'src')).toBe(false)
  expect(isThere('NO_SUCH_CONSTANT', 'src')).toBe(false)
  expect(isThere('hamming-index.ts', 'src')).toBe(true)
  expect(isThere('nowhere/at-all.ts', 'src')).toBe(false)
  expect(leadsSomewhere('README.md', 'deploy/kafka.md', 'no-such-heading')).toBe(false)
})
