// Reports as a platform makes them.
import type { OutgoingReport } from '../../src/report-client/client-types.ts'

export const outgoing = (reportId: string, fields: object = {}): OutgoingReport => ({
  schema: 'report/1',
  reportId,
  observedAt: '2026-01-31T00:00:00Z',
  mediaType: 'image',
  contentRef: `content-${reportId}`,
  hashes: [{ type: 'md5', value: '0123456789abcdef0123456789abcdef' }],
  ...fields,
})
