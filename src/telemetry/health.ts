/** What a process still waits for, by part; it is ready when nothing is left. */
export class Health {
  readonly #waiting = new Map<string, string>()
  readonly #onChange: (ready: boolean) => void
  readonly #onPart: (part: string, why: string | undefined) => void

  /** `onPart` hears of every part that begins to wait, and of every one that no longer does. */
  constructor(
    onChange: (ready: boolean) => void = () => {},
    onPart: (part: string, why: string | undefined) => void = () => {},
  ) {
    this.#onChange = onChange
    this.#onPart = onPart
  }

  /** Says that `part` is not ready, and why, in words for an operator. */
  waitFor(part: string, why: string): void {
    if (this.#waiting.get(part) === why) return
    this.#waiting.set(part, why)
    this.#onChange(false)
    this.#onPart(part, why)
  }

  ready(part: string): void {
    if (!this.#waiting.delete(part)) return
    this.#onChange(this.isReady)
    this.#onPart(part, undefined)
  }

  get isReady(): boolean {
    return this.#waiting.size === 0
  }

  /** What is waited for, for example `{ 'known-set': 'reading known-hashes: 1,200 of 5,000' }`. */
  get waitingFor(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#waiting)
  }
}
