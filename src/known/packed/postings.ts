// Entries without their values.
import type { KnownHash } from '../../contract/known-hash.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import type { SnapshotSection } from '../snapshot/write-snapshot.ts'
import { AddedAtTimes } from './added-at.ts'
import { Interned, type SavedValue } from './interned.ts'
import { NONE, PostingHeap } from './posting-heap.ts'
import { linesSection, readLines } from './saved-lines.ts'
import { SourceIdBytes } from './source-id-bytes.ts'
import { encodeWith, termKey, termOf, type Term } from './term.ts'

/**
 * Entries without their values, as postings: written from an entry, and given back as the very canonical JSON that
 * it had.
 */
export class Postings {
  readonly heap = new PostingHeap()
  readonly #terms = new Interned<Term>()
  readonly #times = new AddedAtTimes()
  readonly #sourceId = new SourceIdBytes()

  /** Number of different terms. */
  get terms(): number {
    return this.#terms.size
  }

  /** Writes an entry; `encoded` is its canonical JSON. Returns the posting's address. */
  write(entry: KnownHash, encoded: string): number {
    this.#sourceId.set(entry.sourceId)
    const term = termOf(encoded, entry)
    const number = this.#terms.take(termKey(term), () => {
      if (encodeWith(term, entry.addedAt, entry.sourceId, entry.value) !== encoded) {
        throw new TypeError('An entry is not the canonical JSON that the contract defines: check it first')
      }
      return term
    })
    return this.heap.write(number, this.#times.pack(entry.addedAt), this.#sourceId)
  }

  erase(posting: number): void {
    this.#terms.release(this.heap.term(posting))
    this.#times.release(this.heap.time(posting))
    this.heap.erase(posting)
  }

  role(posting: number): KnownHash['role'] {
    return this.#terms.at(this.heap.term(posting)).role
  }

  source(posting: number): string {
    return this.#terms.at(this.heap.term(posting)).source
  }

  /** The posting of (source, source id) in the chain that begins with `posting`, or NONE. */
  find(posting: number, source: string, sourceId: string): number {
    this.#sourceId.set(sourceId)
    let each = posting
    while (each !== NONE && !(this.heap.hasSourceId(each, this.#sourceId) && this.source(each) === source))
      each = this.heap.next(each)
    return each
  }

  /** Number of entries of this role. */
  countOf(role: KnownHash['role']): number {
    let count = 0
    for (const [, holders, term] of this.#terms.saved()) if (term.role === role) count += holders
    return count
  }

  /** The canonical JSON of the posting's entry, whose value is `value`. */
  encoded(posting: number, value: string): string {
    const term = this.#terms.at(this.heap.term(posting))
    return encodeWith(term, this.#times.text(this.heap.time(posting)), this.heap.sourceId(posting), value)
  }

  sections(): readonly SnapshotSection[] {
    return [
      ...this.heap.sections(),
      linesSection('terms', this.#terms.saved()),
      linesSection('times', this.#times.saved()),
    ]
  }

  /** Fills empty postings with them. */
  async restore(reader: SnapshotReader): Promise<void> {
    await this.heap.restore(reader)
    // Each line is what `saved` gave: no byte of it has changed, and the header names this very layout.
    this.#terms.restore((await readLines(reader, 'terms')) as SavedValue<Term>[], termKey)
    this.#times.restore((await readLines(reader, 'times')) as SavedValue<string>[])
  }
}
