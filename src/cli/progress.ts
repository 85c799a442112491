// How far a command is: a live line on standard error, if that is a terminal; otherwise nothing.
import { LiveLine, progressText } from './live-line.ts'

/** Before this time, in milliseconds, a rate says little. */
const STEADY_MS = 2_000

export class Progress {
  readonly #line = new LiveLine(process.stderr)
  #what = ''
  #unit: Unit = 'bytes'
  #total: number | undefined
  #startedMs = 0
  #isUnderWay = false

  /** A file is read from now on; of a pipe, which has no length in bytes, only the amount is shown. */
  reading(what: string, bytes: number | undefined): void {
    this.#begin(what, 'bytes', bytes)
  }

  /** Entries are published from now on. */
  publishing(what: string, entries: number): void {
    this.#begin(what, 'entries', entries)
  }

  /** This many bytes have been read, or entries published. */
  done(amount: number): void {
    if (!this.#isUnderWay) return
    const ms = performance.now() - this.#startedMs
    this.#line.show(amountText({ what: this.#what, unit: this.#unit, amount, total: this.#total, ms }))
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
    this.#isUnderWay = false
    this.#line.clear()
  }

  #begin(what: string, unit: Unit, total: number | undefined): void {
    this.#what = what
    this.#unit = unit
    this.#total = total
    this.#startedMs = performance.now()
    this.#isUnderWay = true
    this.done(0)
  }
}

type Unit = 'bytes' | 'entries'

interface Amount {
  readonly what: string
  readonly unit: Unit
  readonly amount: number
  /** Undefined if it isn't known. */
  readonly total: number | undefined
  /** Milliseconds since the beginning. */
  readonly ms: number
}

/** For example `List 45 %, 12 MB/s, 8 s left`. */
export function amountText({ what, unit, amount, total, ms }: Amount): string {
  const startedMs = performance.now() - ms
  const share = total ? `${Math.floor((100 * amount) / total)} %` : sizeOf(amount, unit)
  if (ms < STEADY_MS || amount === 0) return progressText(`${what} ${share}`, startedMs)
  const rate = `${sizeOf((amount / ms) * 1_000, unit)}/s`
  if (!total) return progressText(`${what} ${share}, ${rate}`, startedMs)
  const leftSeconds = Math.ceil(((total - amount) * ms) / amount / 1_000)
  return `${what} ${share}, ${rate}, ${leftSeconds < 120 ? `${leftSeconds} s` : `${Math.ceil(leftSeconds / 60)} min`} left`
}

const sizeOf = (amount: number, unit: Unit): string =>
  unit === 'bytes' ? `${Math.ceil(amount / 1e6)} MB` : `${Math.round(amount).toLocaleString('en-US')} entries`
