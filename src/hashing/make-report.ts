// Makes the report of a file out of its hashes.
import { randomUUID } from 'node:crypto'
import type { Report } from '../contract/report.ts'
import { isPerceptual } from '../hash/hash-type.ts'
import type { FileHash } from './file-hash.ts'

/** A report of these hashes, seen now, under an id of its own. */
export function makeReport(
  platform: string,
  hashes: readonly FileHash[],
  reportId: string = randomUUID(),
): Report {
  return {
    schema: 'report/1',
    reportId,
    platform,
    observedAt: new Date().toISOString(),
    // The contract has no third kind: a file without a perceptual hash is reported as a video.
    mediaType: hashes.some(({ type }) => isPerceptual(type)) ? 'image' : 'video',
    contentRef: reportId,
    hashes,
  }
}
