// Records that kill matcher threads: found out by the spans that threads worked on when they died.
import type { RecordPointer } from '../../contract/dead-letter.ts'
import type { WorkSpan } from './work-journal.ts'

/** How a member treats records that may have killed a thread. */
export interface Caution {
  /** Spans that are worked on record by record, so that the next death shows which record it was. */
  readonly singly: readonly WorkSpan[]
  /** Records that are not read any more: they become dead letters. */
  readonly condemned: readonly RecordPointer[]
}

export const NO_CAUTION: Caution = { singly: [], condemned: [] }

const DEATHS_TO_WORK_SINGLY = 2
const DEATHS_TO_CONDEMN = 3

/**
 * Learns from deaths. After two near one offset the records there are worked on one by one; the record that was in work at
 * three deaths is left out.
 */
export class DeathLedger {
  readonly #deaths: WorkSpan[] = []
  #caution = NO_CAUTION

  get caution(): Caution {
    return this.#caution
  }

  /** A thread died while it worked on these spans. Returns whether the caution has changed. */
  note(spans: readonly WorkSpan[]): boolean {
    this.#deaths.push(...spans)
    const condemned = [...this.#caution.condemned]
    const singly = [...this.#caution.singly]
    for (const span of spans) {
      const { topic, partition, from, to } = span
      const killed = this.#deaths.filter((death) => overlap(death, span)).length
      if (from === to && killed >= DEATHS_TO_CONDEMN) condemned.push({ topic, partition, offset: from })
      else if (killed >= DEATHS_TO_WORK_SINGLY) singly.push(span)
    }
    const isMore =
      condemned.length > this.#caution.condemned.length || singly.length > this.#caution.singly.length
    this.#caution = { singly, condemned }
    return isMore
  }
}

const overlap = (a: WorkSpan, b: WorkSpan): boolean =>
  a.topic === b.topic && a.partition === b.partition && a.from <= b.to && b.from <= a.to

/** Whether any record of the span must be worked on alone. */
export const isSingly = ({ singly }: Caution, span: WorkSpan): boolean =>
  singly.some((careful) => overlap(careful, span))

export const isCondemned = ({ condemned }: Pick<Caution, 'condemned'>, at: RecordPointer): boolean =>
  condemned.some(
    ({ topic, partition, offset }) =>
      topic === at.topic && partition === at.partition && offset === at.offset,
  )
