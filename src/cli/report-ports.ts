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

/** Statuses that say that the key or the address is wrong: trying again helps nothing. */
const LASTING = new Set([401, 403, 404, 405, 415])
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** As shells have it: 128 and the number of SIGINT. */
const INTERRUPTED = 130

/** The gateway takes nothing with this key at this address. */
class GatewayRefusesError extends Error {
  override readonly name = 'GatewayRefusesError'
  readonly code = 'GATEWAY_REFUSES'
}

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
  const removeSpool = (): void => rmSync(spool, { recursive: true, force: true })
  const onSignal = (): void => {
    removeSpool()
    process.exit(INTERRUPTED)
  }
  for (const signal of SIGNALS) process.once(signal, onSignal)
  const client = new ReportClient({ url, key, spool })
  const refused = Promise.withResolvers<never>()
  // It may come while no flush waits.
  refused.promise.catch(() => {})
  const rejected = new Map<string, string>()
  client.on('rejected', ({ reportId, detail }) => rejected.set(reportId, detail))
  client.on('retry', ({ status, reason }) => {
    const said = `The gateway: ${reason}${status === undefined ? '' : ` (${status})`}.`
    if (status !== undefined && LASTING.has(status)) refused.reject(new GatewayRefusesError(said))
    else console.error(`${said} Trying again…`)
  })
  try {
    await work(async (reports) => {
      rejected.clear()
      // The key says who reports.
      await Promise.all(reports.map((report) => client.submit({ ...report, platform: undefined })))
      await Promise.race([client.flush(), refused.promise])
      return new Map(rejected)
    })
  } finally {
    await client.close(0)
    for (const signal of SIGNALS) process.off(signal, onSignal)
    removeSpool()
  }
}
