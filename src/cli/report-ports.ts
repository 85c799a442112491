// Where `hashwarden report` hands its reports in: Kafka, or a gateway by HTTPS.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../contract/report.ts'
import { ReportClient } from '../report-client/report-client.ts'
import { readSecret } from '../secrets/secret.ts'
import { reportTopic } from '../stream/topics/report-topics.ts'
import { submitReports } from '../stream/topics/submit-reports.ts'
import { withLog, type ConfigOption } from './session.ts'

export interface PortOptions extends ConfigOption {
  readonly gateway?: string
  readonly keyFile?: string
}

/** Hands reports in, and resolves once they are in Kafka. Returns why some are not, by reportId. */
export type SubmitBatch = (reports: readonly Report[]) => Promise<ReadonlyMap<string, string>>

const NONE: ReadonlyMap<string, string> = new Map()

export const withPort = (
  options: PortOptions,
  work: (submit: SubmitBatch) => Promise<void>,
): Promise<void> =>
  options.gateway === undefined
    ? withKafka(options, work)
    : withGateway(options.gateway, options.keyFile ?? '', work)

const withKafka = (options: ConfigOption, work: (submit: SubmitBatch) => Promise<void>): Promise<void> =>
  withLog(options, (log, { topics }) =>
    work(async (reports) => {
      for (const [topic, ofTopic] of Map.groupBy(reports, ({ platform }) => reportTopic(topics, platform)))
        await submitReports(log, topic, ofTopic)
      return NONE
    }),
  )

/** Reports that are not acknowledged are not printed: their files have to be reported again. */
async function withGateway(
  url: string,
  keyFile: string,
  work: (submit: SubmitBatch) => Promise<void>,
): Promise<void> {
  const key = readSecret({ file: keyFile }, '--key-file')
  const spool = mkdtempSync(join(tmpdir(), 'hashwarden-report-'))
  const client = new ReportClient({ url, key, spool })
  const rejected = new Map<string, string>()
  client.on('rejected', ({ reportId, detail }) => rejected.set(reportId, detail))
  client.on('retry', ({ status, reason }) =>
    console.error(`The gateway: ${reason}${status === undefined ? '' : ` (${status})`}. Trying again…`),
  )
  try {
    await work(async (reports) => {
      rejected.clear()
      // The key says who reports.
      await Promise.all(reports.map((report) => client.submit({ ...report, platform: undefined })))
      await client.flush()
      return new Map(rejected)
    })
  } finally {
    await client.close(0)
    rmSync(spool, { recursive: true, force: true })
  }
}
