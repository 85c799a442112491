import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BrokerError } from './broker-error.ts'
import type { Jvm } from './broker-jvm.ts'
import { lastLines, runTool } from './run-tool.ts'

/** The settings of every local broker. */
export const SERVER_PROPERTIES = fileURLToPath(
  new URL('../../../deploy/local/server.properties', import.meta.url),
)

const FORMAT_MS = 60_000

/**
 * Kafka's folders, relative to the data folder (Java is run in it: a comma or an umlaut of the user's own path
 * would not come through). The metadata has a folder of its own because then Kafka locks it before it writes; with
 * one for both, a second broker in the same folder elects itself and appends before it finds the lock.
 */
export const STORAGE = {
  'log.dirs': 'storage/records',
  'metadata.log.dir': 'storage/metadata',
} as const

/**
 * Formats Kafka's storage on the first use of a data folder. It appears whole, by a rename, so that neither a
 * format that was killed nor two first starts at once leave a broken one.
 */
export async function formatStorage(dataDir: string, jvm: Jvm, more: readonly string[] = []): Promise<void> {
  const storage = join(dataDir, 'storage')
  if (existsSync(storage)) return
  const partial = mkdtempSync(`${storage}.partial-`)
  try {
    const settings = `${readFileSync(SERVER_PROPERTIES, 'utf8')}\nlog.dirs=records\nmetadata.log.dir=metadata\n`
    writeFileSync(join(partial, 'format.properties'), settings)
    const args = jvm.storageTool(
      'format',
      '--cluster-id',
      clusterId(),
      '--config',
      'format.properties',
      ...more,
    )
    const options = { timeoutMs: FORMAT_MS, environment: jvm.environment, folder: partial }
    const { ended, output } = await runTool(jvm.command, args, options)
    if (ended !== 'well') {
      throw new BrokerError(
        'format-failed',
        `Kafka could not format ${storage} (${ended}); its last lines:\n${lastLines(output, 10)}`,
      )
    }
    try {
      renameSync(partial, storage)
    } catch (error) {
      // Another start was first.
      if (!existsSync(storage)) throw error
    }
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** A UUID as Kafka prints it. One that began with a dash would be read as an option. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}
