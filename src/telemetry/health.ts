/** What a process still waits for, by part; it is ready when nothing is left. */
export class Health {
  readonly #waiting = new Map<string, string>()
  readonly #onChange: (ready: boolean) => void

  constructor(onChange: (ready: boolean) => void = () => {}) {
    this.#onChange = onChange
  }

  /** Says that `part` is not ready, and why, in words for an operator. */
  waitFor(part: string, why: string): void {
    this.#waiting.set(part, why)
    this.#onChange(false)
  }

  ready(part: string): void {
    if (this.#waiting.delete(part)) this.#onChange(this.isReady)
  }

  get isReady(): boolean {
    return this.#waiting.size === 0
  }

  /** What is waited for, for example `{ 'known-set': 'reading known-hashes: 1,200 of 5,000' }`. */
  get waitingFor(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#waiting)
  }
}
