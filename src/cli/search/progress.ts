import { SingleBar } from 'cli-progress'

/** How far a file has been read: a bar on stderr, if it is a terminal; otherwise nothing. */
export class ReadingProgress {
  readonly #bar: SingleBar | undefined
  readonly #sharesTerminal = process.stdout.isTTY

  /** @param total Length of the file in bytes; undefined of a pipe, of which only the amount is shown. */
  constructor(what: string, total: number | undefined) {
    if (!process.stderr.isTTY) return
    const amount = total === undefined ? '{value} MB' : '{bar} {percentage} %'
    this.#bar = new SingleBar({
      format: `${what} ${amount}, {duration_formatted}`,
      stream: process.stderr,
      clearOnComplete: true,
      // Output lines share the terminal: leave its wrapping of long lines as it is.
      linewrap: null,
      gracefulExit: false,
    })
    this.#bar.start(megabytes(total ?? 0), 0)
  }

  read(bytes: number): void {
    this.#bar?.update(megabytes(bytes))
  }

  /** Clears the bar's line for lines of output, if they go to the same terminal; the next frame draws it below. */
  makeWay(): void {
    if (this.#bar && this.#sharesTerminal) process.stderr.write('\r\u001B[K')
  }

  end(): void {
    this.#bar?.stop()
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6)
