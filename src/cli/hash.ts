// `hashwarden hash`: prints the hashes of files.
import { Command } from 'commander'
import type { HashedFile } from '../hashing/file-hash.ts'
import { findFiles } from '../hashing/find-files.ts'
import { hashFiles } from '../hashing/hash-files.ts'
import { HashingError, printable } from '../hashing/hashing-error.ts'
import { LiveLine, progressText } from './live-line.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'

/** `hashwarden hash`: prints the hashes of files. */
export function hashCommand(): Command {
  return new Command('hash')
    .description('Hash files: SHA-256, SHA-1 and MD5 of any file, PDQ and blockhash of pictures')
    .argument('<path...>', 'files, and folders with all files in them')
    .option('--json', 'print one line of JSON a file: {file, hashes: [{type, value, quality?}]}')
    .action(async (paths: string[], options: { json?: boolean }) => {
      const failed = await printHashes(paths, options.json ? fileAsJson : readableLines)
      if (failed > 0) process.exitCode = 1
    })
}

/** Prints every file's hashes in the order of `findFiles`, and a line on stderr for each that fails; counts those. */
async function printHashes(paths: readonly string[], format: (file: HashedFile) => string): Promise<number> {
  const progress = process.stderr.isTTY ? new Progress(paths) : undefined
  let failed = 0
  const output = new StandardOutput()
  try {
    for await (const one of hashFiles(findFiles(paths))) {
      progress?.erase()
      if (one instanceof HashingError) {
        failed++
        process.stderr.write(`hashwarden hash: ${one.message}\n`)
      } else {
        await output.write(format(one))
      }
      progress?.advance()
    }
  } finally {
    progress?.end()
  }
  return failed
}

const fileAsJson = ({ file, hashes }: HashedFile): string => jsonLine({ file, hashes })

function readableLines({ file, hashes }: HashedFile): string {
  const lines = hashes.map(({ type, value, quality }) => {
    const suffix = quality === undefined ? '' : `  quality ${quality}`
    return `  ${type.padEnd(9)}  ${value}${suffix}\n`
  })
  // A comment, so that lists are read from it (lists/read-list.ts) and no name passes for an entry.
  return `# ${printable(file)}\n${lines.join('')}`
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
