import type { SnapshotHeader } from '../../../src/known/snapshot/snapshot-header.ts'

export const NOW_MS = Date.parse('2026-03-01T12:00:00Z')
export const FACTS: Omit<SnapshotHeader, 'sections'> = {
  topicId: '01234567-89ab-4def-8123-456789abcdef',
  offset: 42,
  asOf: '2026-03-01T00:00:00.000Z',
  digest: 'ab'.repeat(32),
  entries: 7,
  content: 'test/1',
}
