// Which copies of the demonstration’s pictures were found.
import { randomUUID } from 'node:crypto'
import type { Hit } from '../../contract/hit.ts'
import type { Report } from '../../contract/report.ts'
import { makeReport } from '../../hashing/make-report.ts'
import { describeMatch } from '../hits.ts'
import type { DemoCopy } from './pictures.ts'
import { uploadersOf } from './uploaders.ts'

/** A hit of the demonstration, and the copy that it belongs to. */
export interface Finding {
  readonly copy: DemoCopy
  readonly hit: Hit
}

/** Makes the reports of the copies, and tells which copy a hit belongs to. */
export class Findings {
  readonly #copies: readonly DemoCopy[]
  /** Identifies this run: the log may hold hits of earlier runs. */
  readonly #run = randomUUID().slice(0, 8)
  readonly #uploaders = uploadersOf(this.#run)
  readonly #found = new Map<DemoCopy, Hit>()

  constructor(copies: readonly DemoCopy[]) {
    this.#copies = copies
  }

  /** A new report of copy `index`. Its contentRef, which the matcher doesn't interpret, names the copy. */
  report(index: number): Report {
    const { platform, ...said } = this.#uploaders[index % this.#uploaders.length]
    return {
      ...makeReport(platform, this.#copies[index].hashes),
      ...said,
      contentRef: `${this.#run}:${index}`,
    }
  }

  take(hit: Hit): Finding | undefined {
    const [run, index] = hit.report.contentRef.split(':')
    if (run !== this.#run) return undefined
    const copy = this.#copies[Number(index)]
    this.#found.set(copy, hit)
    return { copy, hit }
  }

  /** A line for each alteration (in how many known pictures it was found, and at which distance), and one for false hits. */
  summary(): readonly string[] {
    const known = this.#copies.filter(({ picture }) => picture.known)
    const lines = [...Map.groupBy(known, ({ alteration }) => alteration)].map(([alteration, copies]) => {
      const cells = copies.map((copy) => `${copy.picture.name} ${this.#outcome(copy)}`)
      const found = copies.filter((copy) => this.#found.has(copy)).length
      return `  ${alteration.padEnd(20)} ${found} of ${copies.length}   ${cells.join(', ')}`
    })
    const strangers = this.#copies.filter(({ picture }) => !picture.known)
    const falseHits = strangers.filter((copy) => this.#found.has(copy)).length
    return [...lines, `  ${'(unknown pictures)'.padEnd(20)} ${falseHits} of ${strangers.length} copies found`]
  }

  #outcome(copy: DemoCopy): string {
    const hit = this.#found.get(copy)
    if (!hit) return '–'
    const near = hit.matches.find(({ type }) => type === 'pdq')
    return near ? String(near.distance) : '='
  }
}

/** One line for a hit: the picture, its alteration, and how it was found. */
export function describeFinding({ copy, hit }: Finding, latencyMs: number): string {
  const ways = hit.matches.map(describeMatch).join('; ')
  return `  HIT  ${copy.picture.name.padEnd(18)} ${copy.alteration.padEnd(20)} ${hit.grade.padEnd(10)} ${ways}  (${latencyMs} ms)`
}
