// Comments and texts are plain English in the field's words, and each file says in its first line what it is for.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url)

/** Each hides who does what, or how many; a better word is beside it. */
const BANNED: Readonly<Record<string, string>> = {
  whoever: 'name the process, the person or the function',
  nobody: 'say "no process", "no reader", "not …"',
  'so long': 'name the time and its unit',
  'so many': 'name the quantity',
  'is told': 'say who logs, returns or answers what',
  'are told': 'say who logs, returns or answers what',
  'of which': 'begin another sentence',
  'by which': 'begin another sentence',
  'made anew': 'recreated',
  'what is': 'name the thing',
  "set['’]s(?: own)? thread": 'say "the main thread"',
  'thread that keeps the': 'say "the main thread"',
}

const SOURCES = globSync('src/**/*.{ts,tsx}', { cwd: ROOT })
const TEXTS = [...SOURCES, 'README.md', ...globSync('src/**/*.md', { cwd: ROOT })]

const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')

/** Banned phrases of a text, each with the line on which it begins; a comment may break a phrase in two lines. */
function bannedIn(text: string): readonly string[] {
  return Object.entries(BANNED).flatMap(([phrase, instead]) => {
    const pattern = new RegExp(`\\b${phrase.replaceAll(' ', '\\s+(?:(?://+|\\*)\\s*)?')}\\b`, 'gi')
    return [...text.matchAll(pattern)].map(
      ({ index }) => `${text.slice(0, index).split('\n').length}: "${phrase}"; ${instead}`,
    )
  })
}

describe('plain English', () => {
  test('a banned phrase is found in comments and texts, also across a line break', () => {
    expect(bannedIn("const text = 'What is this?'")).toEqual(['1: "what is"; name the thing'])
    expect(bannedIn('\n// it waits for so\n// long\n')).toEqual(['2: "so long"; name the time and its unit'])
    expect(bannedIn('/**\n * as so\n * many\n */')).toEqual(['2: "so many"; name the quantity'])
    expect(bannedIn('somewhat isolated, also longer')).toEqual([])
  })

  test('no comment and no text of src/ or its documents has a banned phrase', () => {
    expect(TEXTS.flatMap((file) => bannedIn(read(file)).map((found) => `${file}:${found}`))).toEqual([])
  })

  test('every source file begins with a comment that says what it is for', () => {
    expect(SOURCES.filter((file) => !read(file).startsWith('//'))).toEqual([])
  })
})
