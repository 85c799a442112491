// What the demonstration shows: lines that stay, and below them one live line. Where standard output is no terminal the
// live line is printed now and then, so that a log shows how it went.
import { LiveLine } from '../live-line.ts'

const EVERY_MS_WITHOUT_TERMINAL = 5_000

export class Screen {
  readonly #line: LiveLine
  #printedMs = -Infinity

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#line = new LiveLine(out)
  }

  print(line?: string): void {
    this.#line.print(line)
  }

  live(line: string): void {
    if (this.#line.isTerminal) return this.#line.show(line)
    const nowMs = performance.now()
    if (nowMs - this.#printedMs < EVERY_MS_WITHOUT_TERMINAL) return
    this.#printedMs = nowMs
    this.#line.print(line)
  }

  /** Ends the live line. */
  end(): void {
    this.#line.clear()
  }
}
