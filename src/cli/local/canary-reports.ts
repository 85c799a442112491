// The canary file, hashed and reported once by each platform of the demonstration, as platforms do to see that their reports
// are matched. It makes no hit.
import { readFile } from 'node:fs/promises'
import type { Report } from '../../contract/report.ts'
import { hashBytes } from '../../hashing/hash-file.ts'
import { HashingError } from '../../hashing/hashing-error.ts'
import { makeReport } from '../../hashing/make-report.ts'
import { CANARY_FILE } from '../../sample/canary-picture.ts'
import { DEMO_PLATFORMS } from './uploaders.ts'

export async function canaryReports(): Promise<readonly Report[]> {
  const hashed = await hashBytes(CANARY_FILE, await readFile(CANARY_FILE))
  if (hashed instanceof HashingError) throw hashed
  // The file's blockhash is no canary: a policy that makes hits of blockhash could make a case of it.
  const hashes = hashed[0].hashes.filter(({ type }) => type !== 'blockhash')
  return DEMO_PLATFORMS.map((platform) => makeReport(platform, hashes))
}
