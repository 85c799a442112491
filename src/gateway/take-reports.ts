// The way of a batch that is checked: which of its reports are there already, the rest to Kafka, and the answer.
import type { GatewayAnswer, GatewayError } from '../contract/gateway.ts'
import { GatewayRefusal } from './gateway-problem.ts'
import { printOf, type RememberedReports, type ReportPrint } from './remembered-reports.ts'
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

/** The reports of a batch that are to be written, and their prints. */
interface Fresh {
  readonly records: readonly ReportRecord[]
  readonly prints: readonly ReportPrint[]
}

/** A report that is being written, perhaps for several requests. */
interface UnderWay {
  readonly text: string
  /** The batch that took it last. */
  batch: Batch
  batches: number
}

export class ReportTaker {
  readonly #writer: ReportWriter
  readonly #remembered: RememberedReports
  /** By platform and reportId. */
  readonly #underWay = new Map<string, Map<string, UnderWay>>()

  constructor(writer: ReportWriter, remembered: RememberedReports) {
    this.#writer = writer
    this.#remembered = remembered
  }

  /**
   * Resolves once every report of the batch is in Kafka.
   * @throws GatewayRefusal if an id is used with another content: then nothing is written. Or what writing throws.
   */
  async take(batch: Batch, destination: Destination): Promise<GatewayAnswer> {
    const { records, prints } = this.#fresh(batch, destination)
    try {
      await this.#writer.write(destination.topic, records)
    } finally {
      this.#end(destination.platform, records)
      // Also after a failure: written ones need not be written again when the client retries.
      for (const [at, { isWritten }] of records.entries())
        if (isWritten) this.#remembered.remember(prints[at])
    }
    return { accepted: records.length, repeated: batch.reports.length - records.length }
  }

  /** The reports that aren't there yet, each once. They are under way from now on. */
  #fresh(batch: Batch, { platform, headers }: Destination): Fresh {
    const underWay = this.#underWay.get(platform) ?? new Map<string, UnderWay>()
    this.#underWay.set(platform, underWay)
    const errors: GatewayError[] = []
    const records: ReportRecord[] = []
    const prints: ReportPrint[] = []
    for (const [at, { reportId, text }] of batch.reports.entries()) {
      const same = underWay.get(reportId)
      const print = printOf(platform, reportId, text)
      const known = this.#remembered.look(print)
      if (known === 'other content' || (same !== undefined && same.text !== text)) {
        errors.push({ detail: OTHER_CONTENT, pointer: `${batch.pointerOf(at)}/reportId` })
        continue
      }
      if (known === 'same' || same?.batch === batch) continue
      if (same === undefined) underWay.set(reportId, { text, batch, batches: 1 })
      else {
        same.batch = batch
        same.batches++
      }
      records.push(new ReportRecord(reportId, text, headers))
      prints.push(print)
    }
    if (errors.length === 0) return { records, prints }
    this.#end(platform, records)
    throw new GatewayRefusal('id-used', { errors })
  }

  /** These are no longer under way. */
  #end(platform: string, records: readonly ReportRecord[]): void {
    const underWay = this.#underWay.get(platform)
    for (const { key } of records) {
      const same = underWay?.get(key)
      if (same && --same.batches === 0) underWay?.delete(key)
    }
    if (underWay?.size === 0) this.#underWay.delete(platform)
  }
}
