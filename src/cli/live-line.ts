// The one way to draw a line that changes in place. (log-update 8 would bring a dozen packages, asks for Node 22 while
// the set-up runs on 20, and can't share a terminal with another stream, as standard error does with standard output.)
import { clearLine, cursorTo } from 'node:readline'

/** A person can't read faster, and a slow terminal shouldn't hold the work up. */
const REDRAW_MS = 80

/** Lines that stay, and below them one live line. Where the stream is no terminal only the lines that stay are written. */
export class LiveLine {
  readonly #out: NodeJS.WriteStream
  #text = ''
  #drawnMs = -Infinity

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  get isTerminal(): boolean {
    return this.#out.isTTY
  }

  /** Shows this text in place of the last one. Texts that follow each other too fast are passed over. */
  show(text: string): void {
    if (!this.isTerminal || performance.now() - this.#drawnMs < REDRAW_MS) return
    this.#drawnMs = performance.now()
    this.#text = fitting(text, this.#out.columns - 1)
    this.#erase()
    this.#out.write(this.#text)
  }

  /** Writes a line that stays, above the live one. */
  print(line = ''): void {
    this.#erase()
    this.#out.write(`${line}\n`)
    if (this.isTerminal) this.#out.write(this.#text)
  }

  /** Takes the live line away; another stream may write to the terminal until the next `show`. */
  clear(): void {
    if (this.#text === '') return
    this.#erase()
    this.#text = ''
    this.#drawnMs = -Infinity
  }

  #erase(): void {
    if (!this.isTerminal) return
    clearLine(this.#out, 0)
    cursorTo(this.#out, 0)
  }
}

/** The first characters, as many as fit into `columns`: a line that wraps can't be erased. */
function fitting(text: string, columns: number): string {
  let width = 0
  let fits = ''
  for (const char of text) {
    // From Hangul on (U+1100) a character may take two columns.
    width += char >= '\u1100' ? 2 : 1
    if (width > columns) break
    fits += char
  }
  return fits
}

/** For example `12 of 40 files, 3 s`. */
export const progressText = (what: string, startedMs: number): string =>
  `${what}, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`
