// Starts a service (`hashwarden match`, `hashwarden review`) as a process of its own: for the demonstration, the tests and
// the benchmarks.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Settings } from '../../settings/settings.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** From SIGTERM to SIGKILL, in milliseconds: a service ends within five seconds. */
const STOP_WITHIN_MS = 6_000

/** A service in a process of its own, as in production. */
export interface ServiceProcess {
  readonly pid: number
  /** The address that it has sent once it serves. */
  readonly url: string
  /** Of /metrics and /readyz, where it has sent that, too. */
  readonly telemetryUrl?: string | undefined
  readonly logFile: string
  /** Resolves with a description when the process ends unexpectedly. */
  readonly died: Promise<string>
  /** Resolves when the process has ended; null if a signal ended it. */
  readonly exitCode: Promise<number | null>
  stop(): Promise<void>
}

/** Another version of this program, in a folder of its own. */
export interface OtherVersion {
  /** Its src/cli/main.ts. */
  readonly main: string
  /** These settings without those that it does not know: it would refuse them. */
  readonly known: (settings: Settings) => object
}

export interface ServiceLaunch {
  /** The command and its options, for example `['match']`. */
  readonly command: readonly [string, ...string[]]
  readonly settings: Settings
  /** Its settings file and its log, `<command>.log`, go there. */
  readonly folder: string
  /** Options of Node itself. */
  readonly nodeArguments?: readonly string[]
  /** Variables that override our own environment. */
  readonly environment?: NodeJS.ProcessEnv
  /** Left out: this one. */
  readonly version?: OtherVersion | undefined
}

/** Resolves once the service has sent its address. Rejects, with the end of its log, if it ends before. */
export async function startServiceProcess({
  command,
  settings,
  folder,
  nodeArguments = [],
  environment = {},
  version = { main: MAIN, known: (given) => given },
}: ServiceLaunch): Promise<ServiceProcess> {
  const [name] = command
  mkdirSync(folder, { recursive: true })
  const configFile = join(folder, 'hashwarden.yaml')
  const logFile = join(folder, `${name}.log`)
  // Port 0 is any free port: two demonstrations can run at once.
  const own = version.known({ ...settings, telemetry: { ...settings.telemetry, port: 0 } })
  writeFileSync(configFile, stringify(own))
  const logFd = openSync(logFile, 'w')
  const child = fork(version.main, [...command, '--config', configFile], {
    // In a process group of its own: the terminal's Ctrl-C reaches this process only, which stops the child in order.
    // If this process dies, the IPC channel closes and the child ends.
    detached: true,
    stdio: ['ignore', 'ignore', logFd, 'ipc'],
    execArgv: [...process.execArgv, ...nodeArguments],
    env: { ...process.env, ...environment, KAFKA_BROKERS: settings.kafka.brokers.join(',') },
  })
  closeSync(logFd)
  const exitCode = once(child, 'exit').then(([code]) => (code === null ? null : Number(code)))
  const died = Promise.withResolvers<string>()
  let stopping = false
  child.once('exit', () => {
    if (stopping) return
    const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
    died.resolve(`The ${name} process has ended by itself. The end of its log, ${logFile}:\n${lastLines}`)
  })
  const addresses = await Promise.race([
    once(child, 'message').then(([message]) => addressesOf(message)),
    died.promise.then((why) => Promise.reject(new Error(why))),
  ])
  return {
    pid: child.pid ?? 0,
    ...addresses,
    logFile,
    exitCode,
    died: died.promise,
    stop: async () => {
      stopping = true
      child.kill('SIGTERM')
      await Promise.race([exitCode, sleep(STOP_WITHIN_MS, undefined, { ref: false })])
      child.kill('SIGKILL')
    },
  }
}

function addressesOf(message: unknown): Pick<ServiceProcess, 'url' | 'telemetryUrl'> {
  if (message === null || typeof message !== 'object' || !('url' in message))
    throw new TypeError('A service process sent something else than its address')
  return {
    url: String(message.url),
    ...('telemetryUrl' in message ? { telemetryUrl: String(message.telemetryUrl) } : {}),
  }
}
