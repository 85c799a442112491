// Reports that the gateway can't take as they are: kept for the platform's own people, a line of JSON each.
import { appendFile } from 'node:fs/promises'

export interface RejectedReport {
  readonly status: number
  readonly detail: string
  /** JSON, as it was submitted. */
  readonly text: string
}

/** Resolves once they are on disk. */
export async function keepRejected(file: string, reports: readonly RejectedReport[]): Promise<void> {
  const lines = reports.map(
    ({ status, detail, text }) =>
      `{"status":${status},"detail":${JSON.stringify(detail)},"report":${text}}\n`,
  )
  await appendFile(file, lines.join(''), { mode: 0o600, flush: true })
}
