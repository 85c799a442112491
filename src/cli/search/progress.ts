// How far a search is: a live line on standard error, if that is a terminal; otherwise nothing.
import { LiveLine, progressText } from '../live-line.ts'

export class SearchProgress {
  readonly #line = new LiveLine(process.stderr)
  #what = ''
  #bytes: number | undefined
  #startedMs = 0
  #isReading = false

  /** A file is read from now on; of a pipe, which has no length in bytes, only the amount is shown. */
  reading(what: string, bytes: number | undefined): void {
    this.#what = what
    this.#bytes = bytes
    this.#startedMs = performance.now()
    this.#isReading = true
    this.read(0)
  }

  /** This many bytes of the file have been read. */
  read(bytes: number): void {
    if (!this.#isReading) return
    const amount = this.#bytes
      ? `${Math.floor((100 * bytes) / this.#bytes)} %`
      : `${Math.ceil(bytes / 1e6)} MB`
    this.#line.show(progressText(`${this.#what} ${amount}`, this.#startedMs))
  }

  /** Work begins that can't be interrupted to show how far it is. */
  busy(what: string): void {
    this.end()
    this.#line.show(what)
  }

  /** Says something on standard error that stays. */
  say(text: string): void {
    this.#line.print(text)
  }

  /** Takes the line away. */
  end(): void {
    this.#isReading = false
    this.#line.clear()
  }
}
