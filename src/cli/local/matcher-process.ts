// Starts `hashwarden match` as a process of its own: for the demonstration, the tests and the benchmarks.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Settings } from '../../settings/settings.ts'
import { MALLOC_ENVIRONMENT, NODE_MEMORY_ARGUMENTS } from '../node-memory.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A matcher in a process of its own, as in production. */
export interface MatcherProcess {
  readonly pid: number
  /** Base URL of its /metrics and /readyz. */
  readonly url: string
  readonly logFile: string
  /** The present value of a metric without labels; undefined if it can't be read. */
  gauge(name: string): Promise<number | undefined>
  /** Resolves with a description when the process ends unexpectedly. */
  readonly died: Promise<string>
  /** Resolves when the process has ended; null if a signal ended it. */
  readonly exitCode: Promise<number | null>
  stop(): Promise<void>
}

/** What a matcher process gets besides its settings. */
export interface MatcherLaunch {
  /** A policy file in place of the default one. */
  readonly policyFile?: string | undefined
  /** Options of Node itself. */
  readonly nodeArguments?: readonly string[]
  /** Variables that override our own environment. */
  readonly environment?: NodeJS.ProcessEnv
}

/** Starts `hashwarden match` with these settings; its log and settings file go to `folder`. */
export async function startMatcherProcess(
  settings: Settings,
  folder: string,
  { policyFile, nodeArguments = [], environment = {} }: MatcherLaunch = {},
): Promise<MatcherProcess> {
  mkdirSync(folder, { recursive: true })
  const configFile = join(folder, 'hashwarden.yaml')
  const logFile = join(folder, 'match.log')
  // Port 0 is any free port: two demonstrations can run at once.
  writeFileSync(configFile, stringify({ ...settings, telemetry: { ...settings.telemetry, port: 0 } }))
  const logFd = openSync(logFile, 'w')
  const child = fork(
    MAIN,
    ['match', '--config', configFile, ...(policyFile === undefined ? [] : ['--policy', policyFile])],
    {
      // In a process group of its own: the terminal's Ctrl-C reaches this process only, which stops the child in order.
      // If this process dies, the IPC channel closes and the child ends.
      detached: true,
      stdio: ['ignore', 'ignore', logFd, 'ipc'],
      execArgv: [...process.execArgv, ...NODE_MEMORY_ARGUMENTS, ...nodeArguments],
      env: {
        ...MALLOC_ENVIRONMENT,
        ...process.env,
        ...environment,
        KAFKA_BROKERS: settings.kafka.brokers.join(','),
      },
    },
  )
  closeSync(logFd)
  const exitCode = once(child, 'exit').then(([code]) => (code === null ? null : Number(code)))
  const died = Promise.withResolvers<string>()
  let stopping = false
  child.once('exit', () => {
    if (stopping) return
    const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
    died.resolve(`The matcher process has ended by itself. The end of its log, ${logFile}:\n${lastLines}`)
  })
  const url = await Promise.race([
    once(child, 'message').then(([message]) => urlOf(message)),
    died.promise.then((why) => Promise.reject(new Error(why))),
  ])
  return {
    pid: child.pid ?? 0,
    url,
    gauge: (name) => readGauge(url, name),
    logFile,
    exitCode,
    died: died.promise,
    stop: async () => {
      stopping = true
      child.kill('SIGTERM')
      await Promise.race([exitCode, sleep(6_000, undefined, { ref: false })])
      child.kill('SIGKILL')
    },
  }
}

async function readGauge(url: string, name: string): Promise<number | undefined> {
  const text = await fetch(`${url}/metrics`)
    .then((response) => response.text())
    .catch(() => '')
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}

function urlOf(message: unknown): string {
  if (message !== null && typeof message === 'object' && 'url' in message) return String(message.url)
  throw new TypeError('The matcher process sent something else than its address')
}
