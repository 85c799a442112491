import { MultiBar, type SingleBar } from 'cli-progress'
import { Command } from 'commander'
import type { HashedFile } from '../hashing/file-hash.ts'
import { findFiles } from '../hashing/find-files.ts'
import { hashFiles } from '../hashing/hash-files.ts'
import { HashingError, printable } from '../hashing/hashing-error.ts'
import { StandardOutput } from './standard-output.ts'

/** `hashwarden hash`: prints the hashes of files. */
export function hashCommand(): Command {
  return new Command('hash')
    .description('Hash files: SHA-256, SHA-1 and MD5 of any file, PDQ and blockhash of pictures')
    .argument('<path...>', 'files, and folders with all files in them')
    .option('--json', 'print one line of JSON a file: {file, hashes: [{type, value, quality?}]}')
    .action(async (paths: string[], options: { json?: boolean }) => {
      const failed = await printHashes(paths, options.json ? jsonLine : readableLines)
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
      if (output.isClosed) break
    }
  } finally {
    progress?.end()
  }
  return failed
}

const jsonLine = ({ file, hashes }: HashedFile): string => `${JSON.stringify({ file, hashes })}\n`

function readableLines({ file, hashes }: HashedFile): string {
  const lines = hashes.map(({ type, value, quality }) => {
    const suffix = quality === undefined ? '' : `  quality ${quality}`
    return `  ${type.padEnd(9)}  ${value}${suffix}\n`
  })
  return `${printable(file)}\n${lines.join('')}`
}

/** The progress bar on stderr. The files are counted while the first are hashed, so the total grows. */
class Progress {
  readonly #bars = new MultiBar({
    format: '{bar} {value}/{total} files, {duration_formatted}',
    stream: process.stderr,
    clearOnComplete: true,
    forceRedraw: true,
    // Output lines share the terminal: leave its wrapping of long lines as it is.
    linewrap: true,
    gracefulExit: false,
  })
  readonly #bar: SingleBar = this.#bars.create(0, 0)
  #hasEnded = false

  constructor(paths: readonly string[]) {
    void this.#count(paths)
  }

  async #count(paths: readonly string[]): Promise<void> {
    let total = 0
    for await (const _ of findFiles(paths)) {
      if (this.#hasEnded) return
      this.#bar.setTotal(++total)
    }
  }

  /** Clears the bar's line for a line of output; the next frame draws it again below. */
  erase(): void {
    process.stderr.write('\r\u001B[K')
  }

  advance(): void {
    this.#bar.increment()
  }

  end(): void {
    this.#hasEnded = true
    this.#bars.stop()
  }
}
