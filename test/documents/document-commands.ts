// The shell commands that the documents give: those of code blocks, and those in the middle of sentences.
import { globSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)

export const DOCUMENTS: readonly string[] = globSync(
  ['README.md', '{src,bench,test,deploy}/**/*.md', '.github/*.md'],
  { cwd: ROOT, exclude: ['**/node_modules/**'] },
).sort()

/** A command as a document gives it. */
export interface DocumentCommand {
  readonly file: string
  /** In a code block, where it stands as it is run; else in a sentence, where values may be names such as FILE. */
  readonly isBlock: boolean
  /** The program and its arguments, without variables of the environment. */
  readonly words: readonly string[]
}

/** Ways in which the documents call our program. */
const OURS = /^(?:npx hashwarden|hashwarden|\S*\/hashwarden\.mjs|node src\/cli\/main\.ts)(?= |$)/

export const commandsOf = (file: string): readonly DocumentCommand[] =>
  commandsIn(file, readFileSync(new URL(file, ROOT), 'utf8'))

export function commandsIn(file: string, text: string): readonly DocumentCommand[] {
  const blocks = [...text.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].flatMap(([, block]) =>
    linesOf(block).map((line) => ({ file, isBlock: true, words: wordsOf(line) })),
  )
  const sentences = text.replaceAll(/^ *```[^]*?^ *```$/gm, '')
  const quoted = [
    ...sentences.matchAll(/`((?:npx hashwarden|hashwarden|npm run|npm test|npm start)\b[^`]*)`/g),
  ]
    .map(([, code]) => wordsOf(code.replaceAll(/\s+/g, ' ')))
    .map((words) => ({ file, isBlock: false, words }))
  return [...blocks, ...quoted].filter(({ words }) => words.length > 0)
}

/** The commands of a block: one a line, or several lines that end with a backslash. */
const linesOf = (block: string): readonly string[] =>
  block
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => line.split(/ (?:\||&&) /))

/** Words of a line as a shell splits them: no comment, no variables before the program, no redirection. */
export function wordsOf(line: string): readonly string[] {
  const words = [
    ...line
      .trim()
      .replaceAll(/[()]/g, '')
      .replace(/^umask 077; /, '')
      .matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
  ].map(([, single, double, plain]) => single ?? double ?? plain)
  const comment = words.findIndex((word) => word.startsWith('#'))
  const said = comment === -1 ? words : words.slice(0, comment)
  const first = said.findIndex((word) => !/^[A-Z_]+=/.test(word))
  const end = said.findIndex((word) => /^[<>]/.test(word))
  return first === -1 ? [] : said.slice(first, end === -1 ? undefined : end)
}

/** What our program is given, or undefined of another program. */
export function argumentsOfOurs(words: readonly string[]): readonly string[] | undefined {
  const line = words.join(' ')
  const ours = OURS.exec(line)?.[0]
  return ours === undefined ? undefined : words.slice(ours.split(' ').length)
}
