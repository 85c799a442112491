// Kafka’s jars: fetched once by Maven, into a cache that clones share.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BrokerError } from './broker-error.ts'
import { lastLines, runTool } from './run-tool.ts'

const POM = fileURLToPath(new URL('../../../deploy/local/pom.xml', import.meta.url))
const DOWNLOAD_MS = 10 * 60_000
const ABANDONED_MS = 60 * 60_000

/** The version of Apache Kafka that a local broker runs: that of the pom. */
function kafkaVersion(): string {
  const version = /<kafka\.version>([^<]+)<\/kafka\.version>/.exec(readFileSync(POM, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${POM} names no <kafka.version>: restore it from git`)
  return version
}

/**
 * The folder of the jars. It is outside of the clone, so that clones share it. Its name holds a digest of the pom: after
 * a change of the pom (a patched logger, for example) the older jars are not used.
 */
function jarFolder(environment: NodeJS.ProcessEnv): string {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12)
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(cache, 'hashwarden', `kafka-${kafkaVersion()}-${digest}`)
}

/** A folder gets this name by a rename once it is complete: a folder that exists is complete. */
export const jarsAreThere = (environment: NodeJS.ProcessEnv): boolean => existsSync(jarFolder(environment))

/** Returns the folder of the jars, which Maven fetches if they aren't in the cache. */
export async function ensureJars(
  environment: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<string> {
  const folder = jarFolder(environment)
  const parent = dirname(folder)
  mkdirSync(parent, { recursive: true })
  for (const cache of [parent, folder]) removeAbandoned(cache)
  if (existsSync(folder)) return folder
  const partial = mkdtempSync(`${folder}.partial-`)
  try {
    log(`Fetching Apache Kafka ${kafkaVersion()} with Maven (43 MB, once)…`)
    const args = ['--quiet', '--batch-mode', '--no-transfer-progress', '--strict-checksums', '--file', POM]
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
    const { ended, output } = await runTool('mvn', [...args, ...copy], {
      timeoutMs: DOWNLOAD_MS,
      environment,
    })
    if (ended !== 'well') throw downloadFailed(ended, output)
    moveIntoPlace(partial, folder)
    return folder
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Two first starts can race. The second one finds the folder of the first, which is as good as its own. */
function moveIntoPlace(partial: string, folder: string): void {
  try {
    renameSync(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

/** Folders that a killed start left half-written. */
function removeAbandoned(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder).filter((each) => each.includes('.partial-'))) {
    const path = join(folder, name)
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity
    if (Date.now() - changed > ABANDONED_MS) rmSync(path, { recursive: true, force: true })
  }
}

function downloadFailed(ended: string, output: string): BrokerError {
  const why = {
    'not-found': 'Maven (mvn) is not installed: install it, or start Docker, or set KAFKA_BROKERS',
    'too-late': `Maven did not finish in ${DOWNLOAD_MS / 60_000} minutes: check the network and start again`,
  }[ended]
  return new BrokerError(
    'download-failed',
    why ?? `Maven could not fetch Apache Kafka (${POM}); its last lines:\n${lastLines(output, 15)}`,
  )
}
