// The way of a batch that is checked: which of its reports are there already, the rest to Kafka, and the answer.
import type { GatewayAnswer, GatewayError } from '../contract/gateway.ts'
import { GatewayRefusal } from './gateway-problem.ts'
import { printOf, RememberedReports, type ReportPrint } from './remembered-reports.ts'
import { ReportRecord, type ReportWriter } from './report-writer.ts'
import type { Batch } from './batch/read-batch.ts'

const OTHER_CONTENT = 'This reportId has been used with another content.'

/** Whose reports go where. */
export interface Destination {
  readonly platform: string
  readonly topic: string
  /** Of every record: what ties it to the request's trace, or nothing. */
  readonly headers: Readonly<Record<string, Buffer>>
}

/** A report that is to be written. */
interface Fresh {
  readonly print: ReportPrint
  readonly record: ReportRecord
}

export class ReportTaker {
  readonly #writer: ReportWriter
  readonly #remembered: RememberedReports
  /** Contents of reports that are being written, by platform and reportId: the same report may come twice at once. */
  readonly #underWay = new Map<string, { readonly text: string; count: number }>()

  constructor(writer: ReportWriter, remembered: RememberedReports) {
    this.#writer = writer
    this.#remembered = remembered
  }

  /**
   * Resolves once every report of the batch is in Kafka.
   * @throws GatewayRefusal if an id is used with another content: then nothing is written. Or what writing throws.
   */
  async take(batch: Batch, destination: Destination): Promise<GatewayAnswer> {
    const fresh = this.#fresh(batch, destination)
    const { platform, topic } = destination
    const names = fresh.map(({ record }) => `${platform} ${record.key}`)
    for (const [at, { record }] of fresh.entries()) this.#begin(names[at], record.value)
    try {
      await this.#writer.write(
        topic,
        fresh.map(({ record }) => record),
      )
    } finally {
      for (const name of names) this.#end(name)
      // Also after a failure: written ones need not be written again when the client retries.
      for (const { record, print } of fresh) if (record.isWritten) this.#remembered.remember(print)
    }
    return { accepted: fresh.length, repeated: batch.reports.length - fresh.length }
  }

  /** The reports that aren't there yet, each once. */
  #fresh({ reports, pointerOf }: Batch, { platform, headers }: Destination): readonly Fresh[] {
    const errors: GatewayError[] = []
    const inBatch = new Map<string, string>()
    const fresh: Fresh[] = []
    for (const [at, { reportId, text }] of reports.entries()) {
      const print = printOf(platform, reportId, text)
      const earlier = inBatch.get(reportId)
      const known = this.#remembered.look(print)
      const others = [earlier, this.#underWay.get(`${platform} ${reportId}`)?.text]
      if (known === 'other content' || others.some((other) => other !== undefined && other !== text))
        errors.push({ detail: OTHER_CONTENT, pointer: `${pointerOf(at)}/reportId` })
      else if (known === 'new' && earlier === undefined)
        fresh.push({ print, record: new ReportRecord(reportId, text, headers) })
      inBatch.set(reportId, text)
    }
    if (errors.length > 0) throw new GatewayRefusal('id-used', { errors })
    return fresh
  }

  #begin(name: string, text: string): void {
    const same = this.#underWay.get(name)
    if (same) same.count++
    else this.#underWay.set(name, { text, count: 1 })
  }

  #end(name: string): void {
    const same = this.#underWay.get(name)
    if (same && --same.count === 0) this.#underWay.delete(name)
  }
}
