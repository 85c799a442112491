// Times of entries, packed.
import { Interned, type SavedValue } from './interned.ts'

/** How a time is written: to the second, to the millisecond, or in a way of its own. */
const SECONDS = 0
const MILLISECONDS = 1
const AS_TEXT = 2

const SECONDS_LENGTH = '2026-01-02T03:04:05Z'.length
const MILLISECONDS_LENGTH = '2026-01-02T03:04:05.678Z'.length
/** Seconds since 1970 fit 32 bits up to the year 2106. */
const END_MS = 2 ** 32 * 1000

/** A time of an entry in numbers: `first` of 32 bits, `second` of 10, `form` of 2. */
export interface PackedTime {
  readonly form: number
  /** Seconds since 1970, or the number of the text. */
  readonly first: number
  /** Milliseconds. */
  readonly second: number
}

/** Times of entries as numbers, given back in the very text that they came in. */
export class AddedAtTimes {
  /** Times that are not written in one of the two common forms. */
  readonly #texts = new Interned<string>()
  // Entries of one list mostly have one time.
  #lastText: string | undefined
  #last: PackedTime = { form: SECONDS, first: 0, second: 0 }

  /** Give it back with `release`. */
  pack(text: string): PackedTime {
    if (text !== this.#lastText) {
      const common = commonTime(text)
      if (!common) return { form: AS_TEXT, first: this.#texts.take(text, () => text), second: 0 }
      this.#last = common
      this.#lastText = text
    }
    return this.#last
  }

  text({ form, first, second }: PackedTime): string {
    return form === AS_TEXT ? this.#texts.at(first) : printed(form, first * 1000 + second)
  }

  /** The times that are kept as texts. */
  saved(): Iterable<SavedValue<string>> {
    return this.#texts.saved()
  }

  restore(texts: Iterable<SavedValue<string>>): void {
    this.#texts.restore(texts, (text) => text)
  }

  release({ form, first }: PackedTime): void {
    if (form === AS_TEXT) this.#texts.release(first)
  }
}

/** The time, if it is written as `printed` would. */
function commonTime(text: string): PackedTime | undefined {
  if (text.length !== SECONDS_LENGTH && text.length !== MILLISECONDS_LENGTH) return undefined
  const ms = Date.parse(text)
  if (!(ms >= 0 && ms < END_MS)) return undefined
  const form = text.length === SECONDS_LENGTH ? SECONDS : MILLISECONDS
  // A leap second, say, is read as the next minute.
  if (printed(form, ms) !== text) return undefined
  return { form, first: Math.floor(ms / 1000), second: ms % 1000 }
}

function printed(form: number, ms: number): string {
  const text = new Date(ms).toISOString()
  return form === MILLISECONDS ? text : `${text.slice(0, SECONDS_LENGTH - 1)}Z`
}
