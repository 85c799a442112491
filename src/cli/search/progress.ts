import { SingleBar } from 'cli-progress'

const CLEAR_LINE = '\r\u001B[K'

/** How far the search is: a line on stderr that changes in place, if it is a terminal; otherwise nothing. */
export class SearchProgress {
  readonly #isShown = process.stderr.isTTY
  #bar: SingleBar | undefined
  #isBusy = false

  /** A file is read from now on; of a pipe, which has no length in bytes, only the amount is shown. */
  reading(what: string, bytes: number | undefined): void {
    this.end()
    if (!this.#isShown) return
    const amount = bytes === undefined ? '{value} MB' : '{bar} {percentage} %'
    this.#bar = new SingleBar({
      format: `${what} ${amount}, {duration_formatted}`,
      stream: process.stderr,
      clearOnComplete: true,
      // Leaves the terminal's wrapping of long lines as it is.
      linewrap: true,
      gracefulExit: false,
    })
    this.#bar.start(megabytes(bytes ?? 0), 0)
  }

  /** So much of the file has been read. */
  read(bytes: number): void {
    this.#bar?.update(megabytes(bytes))
  }

  /** Something is done from now on that can't be interrupted to show how far it is. */
  busy(what: string): void {
    this.end()
    if (!this.#isShown) return
    process.stderr.write(what)
    this.#isBusy = true
  }

  /** Clears the line. */
  end(): void {
    this.#bar?.stop()
    this.#bar = undefined
    if (this.#isBusy) process.stderr.write(CLEAR_LINE)
    this.#isBusy = false
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6)
