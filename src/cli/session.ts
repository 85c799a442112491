// The room `cli` has one file for each command and wires the other rooms together. This file: the log of a command,
// signals, and waiting for Kafka.
import { LogUnreachableError, UnknownTopicError } from '../log/log-faults.ts'
import { KafkaLog, type KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { pause } from '../waiting/pause.ts'
import { StandardOutput } from './standard-output.ts'

/** The option of all commands that use Kafka. */
export interface ConfigOption {
  readonly config?: string
}

export const CONFIG_OPTION = ['--config <file>', 'settings that differ from config/hashwarden.yaml'] as const

/** An outage is reported after this time, in milliseconds: a group's first coordinator takes a moment, too. */
const PATIENCE_MS = 5_000

/**
 * Opens the log of the settings for `work`, and closes it in any case. The listener reports an outage, so that a command
 * that waits isn't silent.
 */
export async function withLog<T>(
  { config }: ConfigOption,
  work: (log: EventLog, settings: Settings) => Promise<T>,
  listener: Partial<KafkaListener> = tellOnStderr(PATIENCE_MS),
): Promise<T> {
  const settings = loadSettings(config)
  const log = new KafkaLog({ ...settings.kafka, listener })
  try {
    return await work(log, settings)
  } finally {
    await log.close()
  }
}

/** What a command reads and writes: Kafka and standard output; in a test, a log in memory and a text. */
export interface CommandEnds {
  readonly openLog: <T>(
    options: ConfigOption,
    work: (log: EventLog, settings: Settings) => Promise<T>,
  ) => Promise<T>
  readonly openOutput: () => Pick<StandardOutput, 'write' | 'line'>
}

export const COMMAND_ENDS: CommandEnds = { openLog: withLog, openOutput: () => new StandardOutput() }

/** Writes a line to standard error when Kafka has been away for `patienceMs`, and one when it is back. */
export function tellOnStderr(patienceMs = 0): Partial<KafkaListener> {
  let latest = ''
  let waiting: NodeJS.Timeout | undefined
  let told = false
  const tell = (): void => {
    told = true
    process.stderr.write(`${latest} Trying again…\n`)
  }
  let isStalled = false
  return {
    onStalled: (partitions) => {
      const [first] = partitions
      if (first === undefined) process.stderr.write('Reading goes on.\n')
      else if (!isStalled)
        process.stderr.write(
          `Reading makes no progress in ${first.join(' ')}, although there is more to read.\n`,
        )
      isStalled = first !== undefined
    },
    onFailure: ({ message }) => {
      latest = message
      if (told) return
      if (patienceMs === 0) tell()
      else waiting ??= setTimeout(tell, patienceMs).unref()
    },
    onRecovery: () => {
      clearTimeout(waiting)
      waiting = undefined
      if (told) process.stderr.write('Kafka is back.\n')
      told = false
    },
  }
}

/**
 * Resolves with the first signal that asks the process to end; a second one ends it at once. The end of the process that
 * started this one, and holds its IPC channel, counts as one, too.
 */
export function untilSignal(): Promise<NodeJS.Signals | 'parent-ended'> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | 'parent-ended'>()
  process.once('disconnect', () => resolve('parent-ended'))
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130)
      asked = true
      resolve(signal)
    })
  }
  return promise
}

/**
 * Does the work, and retries it while no broker or no such topic can be reached. Resolves with false if `signal` aborts
 * first.
 */
export async function untilReachable(
  listener: Partial<KafkaListener>,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await work()
      listener.onRecovery?.()
      return true
    } catch (error) {
      if (signal.aborted) return false
      if (!(error instanceof LogUnreachableError || error instanceof UnknownTopicError)) throw error
      listener.onFailure?.(error)
      await pause(1_000, signal)
    }
  }
  return false
}
