// A report with only what is required, and variants of it, as a platform could send them.
import { decodeReport } from '../../src/contract/report.ts'

export const MD5 = { type: 'md5', value: 'a'.repeat(32) }
export const PDQ = { type: 'pdq', value: 'b'.repeat(64) }
export const REPORT = {
  schema: 'report/1',
  reportId: 'report-1',
  platform: 'example',
  observedAt: '2026-01-02T03:04:05Z',
  mediaType: 'image',
  contentRef: 'content-1',
  hashes: [MD5],
}

export const decode = (value: unknown) => decodeReport(Buffer.from(JSON.stringify(value)))
export const changed = (fields: object): unknown => ({ ...REPORT, ...fields })
export const without = (field: string): unknown => ({ ...REPORT, [field]: undefined })
export const withHash = (hash: unknown): unknown => changed({ hashes: [hash] })
