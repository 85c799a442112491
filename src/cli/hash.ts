// `hashwarden hash`: prints the hashes of files.
import { Command } from 'commander'
import type { HashedFile } from '../hashing/file-hash.ts'
import { printable } from '../hashing/file-path.ts'
import { findFiles } from '../hashing/find-files.ts'
import { hashFiles } from '../hashing/hash-files.ts'
import { HashingError } from '../hashing/hashing-error.ts'
import { hashingOf, type HashingOptions, withHashingOptions } from './hashing-options.ts'
import { LiveLine, progressText } from './live-line.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'

const EXIT_ERRORS = 1
const EXIT_WARNINGS = 2

interface HashOptions extends HashingOptions {
  readonly json?: true
}

/** `hashwarden hash`: prints the hashes of files. */
export function hashCommand(): Command {
  const command = new Command('hash')
    .description('Hash files: SHA-256, SHA-1 and MD5 of any file, PDQ and blockhash of pictures')
    .argument('<path...>', 'files, and folders with all files in them')
    .option(
      '--json',
      'print one line of JSON a file: {file, hashes: [{type, value, quality?}], mediaType?, damaged?, frame?, view?, warning?}',
    )
  return withHashingOptions(command).action(async (paths: string[], options: HashOptions) => {
    const tally = await printHashes(paths, options)
    process.stderr.write(tally.summary())
    if (tally.exitCode > 0) process.exitCode = tally.exitCode
  })
}

/** Prints every file's hashes in the order of `findFiles`, and a line on stderr for each warning and error. */
async function printHashes(paths: readonly string[], options: HashOptions): Promise<Tally> {
  const progress = process.stderr.isTTY ? new Progress(paths) : undefined
  const format = options.json ? fileAsJson : readableLines
  const tally = new Tally()
  const output = new StandardOutput()
  try {
    for await (const one of hashFiles(findFiles(paths), hashingOf(options))) {
      progress?.erase()
      const complaint = tally.count(one)
      if (complaint !== undefined) process.stderr.write(`hashwarden hash: ${complaint}\n`)
      if (!(one instanceof HashingError)) await output.write(format(one))
      if (one instanceof HashingError || one.view === undefined) progress?.advance()
    }
  } finally {
    progress?.end()
  }
  return tally
}

/** Counts files, and their warnings and errors by code. */
class Tally {
  #files = 0
  readonly #warnings = new Map<string, number>()
  readonly #errors = new Map<string, number>()

  /** Counts one file. Returns its warning or error, in one line, if it has one. */
  count(one: HashedFile | HashingError): string | undefined {
    if (one instanceof HashingError) {
      this.#errors.set(one.code, (this.#errors.get(one.code) ?? 0) + 1)
      return one.message
    }
    if (one.view === undefined) this.#files++
    const { warning } = one
    if (warning) this.#warnings.set(warning.code, (this.#warnings.get(warning.code) ?? 0) + 1)
    return warning?.message
  }

  get exitCode(): number {
    if (this.#errors.size > 0) return EXIT_ERRORS
    return this.#warnings.size > 0 ? EXIT_WARNINGS : 0
  }

  /** One line, or nothing if all is well. */
  summary(): string {
    const counts = [...inWords(this.#warnings, 'with a warning'), ...inWords(this.#errors, 'not read')]
    if (counts.length === 0) return ''
    const files = `${this.#files} ${this.#files === 1 ? 'file' : 'files'} hashed`
    return `hashwarden hash: ${[files, ...counts].join('; ')}\n`
  }
}

function inWords(counts: ReadonlyMap<string, number>, what: string): string[] {
  if (counts.size === 0) return []
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return [`${total} ${what} (${[...counts].map(([code, count]) => `${count} ${code}`).join(', ')})`]
}

const fileAsJson = ({ warning, ...hashed }: HashedFile): string =>
  jsonLine(warning ? { ...hashed, warning: warning.code } : hashed)

function readableLines({ file, hashes, damaged, frame, view }: HashedFile): string {
  const lines = hashes.map(({ type, value, quality }) => {
    const suffix = quality === undefined ? '' : `  quality ${quality}`
    return `  ${type.padEnd(9)}  ${value}${suffix}\n`
  })
  const notes = [
    damaged ? 'damaged' : '',
    frame === undefined ? '' : `frame ${frame}`,
    view === undefined ? '' : 'as shown on white',
  ].filter((note) => note !== '')
  const suffix = notes.length === 0 ? '' : `  (${notes.join(', ')})`
  // A comment, so that lists are read from it (lists/formats/lines.ts) and no name passes for an entry.
  return `# ${printable(file)}${suffix}\n${lines.join('')}`
}

/** A live line on standard error. The files are counted while the first are hashed, so the total grows. */
class Progress {
  readonly #line = new LiveLine(process.stderr)
  readonly #startedMs = performance.now()
  #done = 0
  #total = 0
  #hasEnded = false

  constructor(paths: readonly string[]) {
    void this.#count(paths)
  }

  async #count(paths: readonly string[]): Promise<void> {
    for await (const _ of findFiles(paths)) {
      if (this.#hasEnded) return
      this.#total++
      this.#show()
    }
  }

  /** Takes the line away for a line of output, which shares the terminal. */
  erase(): void {
    this.#line.clear()
  }

  advance(): void {
    this.#done++
    this.#show()
  }

  end(): void {
    this.#hasEnded = true
    this.#line.clear()
  }

  #show(): void {
    this.#line.show(progressText(`${this.#done} of ${this.#total} files`, this.#startedMs))
  }
}
