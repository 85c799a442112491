// The records of a range that could not be used. A few are a problem to be shown; most of them, or a class that is unknown,
// mean that the list speaks differently now, and then its checkpoint stays: else their hashes would be lost.
import type { IntakeSummary } from '../import/summary.ts'
import { corruptPage, SourceError } from './source-error.ts'

/** A page with fewer records says too little: the whole range decides. */
const RECORDS_OF_A_PAGE = 10

export class RangeRefusals {
  #read = 0
  #useless = 0
  #unknownClass = 0
  #withheld = 0
  /** Records and values of the range that were refused. */
  refused = 0

  /** A page was read. @throws SourceError if nothing of most of its records can be used. */
  add({ read, useless, rejectedCount, unknownClass, withheld }: IntakeSummary): void {
    this.#read += read
    this.#useless += useless
    this.refused += rejectedCount
    this.#unknownClass += unknownClass
    this.#withheld += withheld
    checkPage(read, useless)
  }

  /** The range was read to its end. @throws SourceError if its checkpoint must stay. */
  check(): void {
    checkMost(this.#read, this.#useless)
    if (this.#unknownClass > 0)
      throw corruptPage(
        `${this.#unknownClass} records have a class that the scheme of the source does not have. What it says of them is in config/schemes: add the class there, as a match or not`,
      )
    if (this.#withheld > 0)
      throw new SourceError(
        'removals-withheld',
        `The list lacks ${this.#withheld} entries that it had, and they stay: ${this.refused} of its records can't be read, and any of them may be of one of these. Tell the people who run the list; it is read again.`,
      )
  }
}

/** @throws SourceError if most of a page's records are refused. */
export function checkPage(read: number, refused: number): void {
  if (read >= RECORDS_OF_A_PAGE) checkMost(read, refused)
}

function checkMost(read: number, refused: number): void {
  if (refused * 2 > read)
    throw corruptPage(`${refused} of its ${read} records are refused, so that it may have another form now`)
}
