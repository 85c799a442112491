// The folder in which Kafka keeps its records: its parts, and how it is formatted.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOST } from './broker-address.ts'
import { BrokerError } from './broker-error.ts'
import type { Jvm } from './broker-jvm.ts'
import { lastLines, runTool } from './run-tool.ts'

/** The settings of every local broker. */
export const SERVER_PROPERTIES = fileURLToPath(
  new URL('../../../deploy/local/server.properties', import.meta.url),
)

const FORMAT_MS = 60_000

/**
 * Kafka's folders, relative to the data folder. (Java runs in it, because a comma or an umlaut in the path would break
 * Kafka's setting.) The metadata has a folder of its own, so that Kafka locks it before it writes: with one folder for both,
 * a second broker elects itself and appends before it finds the lock.
 */
export const STORAGE = {
  'log.dirs': 'storage/records',
  'metadata.log.dir': 'storage/metadata',
} as const

export interface BrokerPorts {
  readonly broker: number
  readonly controller: number
}

/** The part of a node in a cluster of several. Kafka writes it into the folder, and refuses to start with another one. */
export interface ClusterSeat {
  /** The same for all nodes. */
  readonly clusterId: string
  readonly nodeId: number
  readonly role: 'broker' | 'controller'
  /** The node that decides who leads, as `<nodeId>@<host>:<port>`. */
  readonly controller: string
}

/** Kafka's settings for a seat, over those of a node that is a cluster of its own. */
export const seatSettings = (
  { nodeId, role, controller }: ClusterSeat,
  /** Formatting needs some addresses, and uses none. */
  ports: BrokerPorts = { broker: 9092, controller: 9093 },
): Record<string, string> => ({
  'process.roles': role,
  'node.id': String(nodeId),
  'controller.quorum.voters': controller,
  listeners:
    role === 'broker' ? `PLAINTEXT://${HOST}:${ports.broker}` : `CONTROLLER://${HOST}:${ports.controller}`,
})

/**
 * Formats Kafka's storage on the first use of a data folder. A rename puts it in place once it is complete, so that neither
 * a killed format nor two first starts at once leave a broken one.
 */
export async function formatStorage(
  dataDir: string,
  jvm: Jvm,
  more: readonly string[] = [],
  seat?: ClusterSeat,
): Promise<void> {
  const storage = join(dataDir, 'storage')
  if (existsSync(storage)) return
  const partial = mkdtempSync(`${storage}.partial-`)
  try {
    const own = { 'log.dirs': 'records', 'metadata.log.dir': 'metadata', ...(seat && seatSettings(seat)) }
    const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`)
    // Of two lines for one setting Java takes the later one.
    const settings = [readFileSync(SERVER_PROPERTIES, 'utf8'), ...lines, ''].join('\n')
    writeFileSync(join(partial, 'format.properties'), settings)
    const args = jvm.storageTool(
      'format',
      '--cluster-id',
      seat?.clusterId ?? newClusterId(),
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
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}
