import { clearLine, cursorTo } from 'node:readline'

/** Lines that stay, and below them one live line that changes in place (on a terminal; elsewhere now and then). */
export class Screen {
  readonly #out: NodeJS.WriteStream
  readonly #everyMs: number
  #live = ''
  #lastLiveMs = -Infinity

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out
    this.#everyMs = out.isTTY ? 0 : 5_000
  }

  print(line = ''): void {
    this.#clear()
    this.#out.write(`${line}\n`)
    if (this.#out.isTTY) this.#out.write(this.#live)
  }

  live(line: string): void {
    const nowMs = performance.now()
    if (nowMs - this.#lastLiveMs < this.#everyMs) return
    this.#lastLiveMs = nowMs
    if (!this.#out.isTTY) {
      this.#out.write(`${line}\n`)
      return
    }
    this.#clear()
    this.#live = line.slice(0, this.#out.columns - 1)
    this.#out.write(this.#live)
  }

  /** Ends the live line. */
  end(): void {
    this.#clear()
    this.#live = ''
  }

  #clear(): void {
    if (!this.#out.isTTY) return
    clearLine(this.#out, 0)
    cursorTo(this.#out, 0)
  }
}
