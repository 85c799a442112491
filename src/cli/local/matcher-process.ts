// Starts `hashwarden match` as a process of its own: for the demonstration, the tests and the benchmarks.
import type { Settings } from '../../settings/settings.ts'
import { MALLOC_ENVIRONMENT, NODE_MEMORY_ARGUMENTS } from '../node-memory.ts'
import { startServiceProcess, type OtherVersion, type ServiceProcess } from './service-process.ts'

/** A matcher in a process of its own. Its `url` is the base of /metrics and /readyz. */
export interface MatcherProcess extends ServiceProcess {
  /** The present value of a metric without labels; undefined if it can't be read. */
  gauge(name: string): Promise<number | undefined>
}

/** What a matcher process gets besides its settings. */
export interface MatcherLaunch {
  /** A policy file in place of the default one. */
  readonly policyFile?: string | undefined
  /** Options of Node itself. */
  readonly nodeArguments?: readonly string[]
  /** Variables that override our own environment. */
  readonly environment?: NodeJS.ProcessEnv
  /** Left out: this one. */
  readonly version?: OtherVersion | undefined
}

/** Starts `hashwarden match` with these settings; its log and settings file go to `folder`. */
export async function startMatcherProcess(
  settings: Settings,
  folder: string,
  { policyFile, nodeArguments = [], environment = {}, version }: MatcherLaunch = {},
): Promise<MatcherProcess> {
  const service = await startServiceProcess({
    command: policyFile === undefined ? ['match'] : ['match', '--policy', policyFile],
    settings,
    folder,
    version,
    nodeArguments: [...NODE_MEMORY_ARGUMENTS, ...nodeArguments],
    // The environment's own settings of malloc take precedence.
    environment: { ...MALLOC_ENVIRONMENT, ...process.env, ...environment },
  })
  return { ...service, gauge: (name) => readGauge(service.url, name) }
}

async function readGauge(url: string, name: string): Promise<number | undefined> {
  const text = await fetch(`${url}/metrics`)
    .then((response) => response.text())
    .catch(() => '')
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}
