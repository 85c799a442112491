// How long after an event reports waited too long, from looks at the age of the oldest uncommitted one.

/** Looks at the age from the event on, while the event itself still happens, too. Times are milliseconds of one clock. */
export class RecoveryWatch {
  readonly #startedMs: number
  readonly #underSeconds: number
  #lastLookMs: number
  /** Since when each look found less; undefined while one finds more. */
  #wellSinceMs: number | undefined
  #wasEverOver = false

  constructor(startedMs: number, underSeconds: number) {
    this.#startedMs = startedMs
    this.#lastLookMs = startedMs
    this.#wellSinceMs = startedMs
    this.#underSeconds = underSeconds
  }

  look(nowMs: number, ageSeconds: number): void {
    this.#lastLookMs = nowMs
    if (ageSeconds < this.#underSeconds) {
      this.#wellSinceMs ??= nowMs
    } else {
      this.#wellSinceMs = undefined
      this.#wasEverOver = true
    }
  }

  /** For how long the age has been under the bound, by the last look. */
  get wellMs(): number {
    return this.#wellSinceMs === undefined ? 0 : this.#lastLookMs - this.#wellSinceMs
  }

  /** From the event until the age was under the bound for good; 0 if it never went over it. */
  get secondsUntilUnder(): number {
    if (!this.#wasEverOver) return 0
    return ((this.#wellSinceMs ?? this.#lastLookMs) - this.#startedMs) / 1000
  }
}
