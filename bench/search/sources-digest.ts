import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** What decides a figure: ours, and the benchmark itself. */
const FOLDERS = ['src/hash/', 'src/search/', 'bench/search/', 'bench/peers/']

/** A digest of the sources that measure and are measured: figures of different ones don't belong in one table. */
export function sourcesDigest(): string {
  const digest = createHash('sha256')
  for (const name of FOLDERS) {
    const folder = new URL(`../../${name}`, import.meta.url)
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`)
    for (const file of files.sort()) digest.update(readFileSync(file)).update('\0')
  }
  return digest.digest('hex')
}
