// Bodies of requests as the benchmark sends them: the same reports but for their ids, which are put into the bytes in place,
// so that making a body costs the machine next to nothing.
import { randomBytes } from 'node:crypto'

const ID_DIGITS = 12

/** A PDQ hash and an MD5, as most reports have, and what a platform usually says besides. */
const reportOf = (id: string): object => ({
  schema: 'report/1',
  reportId: id,
  observedAt: '2026-03-01T12:00:00.000Z',
  mediaType: 'image',
  hashes: [
    { type: 'pdq', value: randomBytes(32).toString('hex'), quality: 100 },
    { type: 'md5', value: randomBytes(16).toString('hex') },
  ],
  contentRef: `content-${id}`,
  byteLength: 123_456,
  viewed: { thisFile: 'no' },
})

/** Bodies of so many reports each, as JSON arrays. No report has the id of another. */
export class Bodies {
  readonly #bytes: Buffer
  /** Where the digits of ids stand. */
  readonly #places: readonly number[]
  #next = 0

  constructor(reports: number) {
    const mark = '#'.repeat(ID_DIGITS)
    this.#bytes = Buffer.from(JSON.stringify(Array.from({ length: reports }, () => reportOf(mark))))
    const places: number[] = []
    for (let at = this.#bytes.indexOf(mark); at !== -1; at = this.#bytes.indexOf(mark, at + 1))
      places.push(at)
    this.#places = places
  }

  get bytes(): number {
    return this.#bytes.length
  }

  next(): Buffer {
    const body = Buffer.from(this.#bytes)
    // Each report has its id twice, in a row.
    for (let at = 0; at < this.#places.length; at += 2) {
      const id = String(this.#next++).padStart(ID_DIGITS, '0')
      body.write(id, this.#places[at], 'latin1')
      body.write(id, this.#places[at + 1], 'latin1')
    }
    return body
  }
}
