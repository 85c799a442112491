// A digest of the sources that decide a figure: with others, kept results are measured again.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * A digest of the folders of sources (`src/hash/`) that measure and are measured: figures of different ones don't
 * belong in one table.
 */
export function sourcesDigest(folders: readonly string[]): string {
  const digest = createHash('sha256')
  for (const name of folders) {
    const folder = new URL(`../${name}`, import.meta.url)
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`)
    for (const file of files.sort()) digest.update(readFileSync(file)).update('\0')
  }
  return digest.digest('hex')
}
