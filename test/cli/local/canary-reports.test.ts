import { expect, test } from 'vitest'
import { canaryReports } from '../../../src/cli/local/canary-reports.ts'
import { DEMO_PLATFORMS } from '../../../src/cli/local/uploaders.ts'
import { isCanaryValue } from '../../../src/contract/canary.ts'
import { checkReport } from '../../../src/contract/report.ts'
import type { HashValue } from '../../../src/hash/hash-value.ts'

test('each platform of the demonstration reports the canary file once', async () => {
  const reports = await canaryReports()
  expect(reports.map(({ platform }) => platform)).toEqual(DEMO_PLATFORMS)
  for (const report of reports) {
    expect(checkReport(report)).toBe(report)
    const digests = report.hashes.filter(({ type }) => ['sha256', 'sha1', 'md5'].includes(type))
    expect(digests.map(({ type, value }) => isCanaryValue(type, value as HashValue))).toEqual([
      true,
      true,
      true,
    ])
    // With a policy that makes hits of blockhash, a list's entry near the canary's would make a case.
    expect(report.hashes.map(({ type }) => type)).toEqual(['sha256', 'sha1', 'md5', 'pdq'])
  }
})
