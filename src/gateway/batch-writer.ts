// The way of a batch that is checked: which of its reports are there already, the rest to Kafka, and the answer.
import type { GatewayAnswer, GatewayError } from '../contract/gateway.ts'
import { GatewayRefusal } from './gateway-problem.ts'
import type { RememberedReports, ReportPrint } from './remembered-reports.ts'
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

export class BatchWriter {
  readonly #writer: ReportWriter
  readonly #remembered: RememberedReports

  constructor(writer: ReportWriter, remembered: RememberedReports) {
    this.#writer = writer
    this.#remembered = remembered
  }

  /**
   * Resolves once every report of the batch is in Kafka.
   * @throws GatewayRefusal if an id is used with another content: then nothing is written. Or what writing throws.
   */
  async write(batch: Batch, destination: Destination): Promise<GatewayAnswer> {
    const { records, prints } = this.#fresh(batch, destination)
    try {
      await this.#writer.write(destination.topic, records)
    } finally {
      // Also after a failure: written ones need not be written again when the client retries. The others stay under way:
      // Kafka may have them, or another request may be writing them, so that their ids are used up for another content.
      for (const [at, { isWritten }] of records.entries()) if (isWritten) this.#remembered.written(prints[at])
    }
    return { accepted: records.length, repeated: batch.reports.length - records.length }
  }

  /** The reports that aren't there yet, each once. */
  #fresh(batch: Batch, { platform, headers }: Destination): Fresh {
    const errors: GatewayError[] = []
    const records: ReportRecord[] = []
    const prints: ReportPrint[] = []
    const begun: ReportPrint[] = []
    /** The ids of `records`, once one of them may come twice. */
    let own: Set<string> | undefined
    for (const [at, { reportId, text }] of batch.reports.entries()) {
      const print = this.#remembered.printOf(platform, reportId, text)
      const known = this.#remembered.begin(print)
      if (known === 'other content')
        errors.push({ detail: OTHER_CONTENT, pointer: `${batch.pointerOf(at)}/reportId` })
      if (known === 'other content' || known === 'written') continue
      if (known === 'new') begun.push(print)
      else {
        // Another request may fail to write it: this one has to know that Kafka has it. Within this one, once is enough.
        own ??= new Set(records.map(({ key }) => key))
        if (own.has(reportId)) continue
      }
      records.push(new ReportRecord(reportId, text, headers))
      prints.push(print)
      own?.add(reportId)
    }
    if (errors.length === 0) return { records, prints }
    for (const print of begun) this.#remembered.dropped(print)
    throw new GatewayRefusal('id-used', { errors })
  }
}
