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

/** The version of Apache Kafka that a local broker runs; the pom has the say. */
function kafkaVersion(): string {
  const version = /<kafka\.version>([^<]+)<\/kafka\.version>/.exec(readFileSync(POM, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${POM} names no <kafka.version>: restore it from git`)
  return version
}

/**
 * Where the jars are kept: outside of the clone, so that clones share them. The name holds a digest of the pom, so
 * that a change of it (a patched logger, say) is never hidden by jars from before.
 */
function jarFolder(environment: NodeJS.ProcessEnv): string {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12)
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(cache, 'hashwarden', `kafka-${kafkaVersion()}-${digest}`)
}

/** A folder gets this name when it is whole, by a rename: to exist is to be complete. */
export const jarsAreThere = (environment: NodeJS.ProcessEnv): boolean => existsSync(jarFolder(environment))

/** Sees that the jars are in the cache, fetched by Maven if need be, and gives their folder. */
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

/** Two first starts can race: the second finds the first one's folder, which is as good as its own. */
function moveIntoPlace(partial: string, folder: string): void {
  try {
    renameSync(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

/** What somebody began to write here, and was killed. */
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
