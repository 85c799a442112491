import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file with these bytes in a folder of its own, gone when the test is. */
export function listFile(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-list-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'list.txt')
  writeFileSync(file, content)
  return file
}
