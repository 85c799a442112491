// One run of a local broker: the Java process, the watch that stops it when this process has ended, and its log.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brokerAnswers, HOST, untilListening } from './broker-address.ts'
import { BrokerError } from './broker-error.ts'
import type { Jvm } from './broker-jvm.ts'
import {
  seatSettings,
  SERVER_PROPERTIES,
  STORAGE,
  type BrokerPorts,
  type ClusterSeat,
} from './broker-storage.ts'
import { lastLines } from './run-tool.ts'

const ANSWER_MS = 60_000
const STOP_MS = 10_000
/** Time to stop while the archive of classes is written, which took 5 s, and 8 on a busy machine. */
const STOP_WITH_ARCHIVE_MS = 40_000
const MAX_LOG_BYTES = 1 << 20

/**
 * A shell becomes the broker (`exec` keeps its process id) and leaves a watch behind. The watch reads a pipe whose other
 * end only this process holds. A line means that the broker has ended. The end of the pipe without a line means that this
 * process has ended, in any way: then the watch stops the broker, in order, and after 10 s by force.
 */
const WATCH = `
(
  if read -r line <&3; then exit 0; fi
  kill -TERM $$
  seconds=0
  while kill -0 $$ && [ $seconds -lt 10 ]; do sleep 1; seconds=$((seconds + 1)); done
  kill -KILL $$
) 2>/dev/null &
exec "$@" 3<&-
`

export interface Launch {
  readonly jvm: Jvm
  readonly dataDir: string
  readonly ports: BrokerPorts
  readonly seat: ClusterSeat | undefined
  readonly overrides: Readonly<Record<string, string>>
  /** Gets a line if the broker ends by itself. */
  readonly log: (line: string) => void
}

/** A broker's Java process that has answered. */
export interface BrokerProcess {
  readonly pid: number
  stop(): Promise<void>
  kill(): Promise<void>
}

export const brokerLogFile = (dataDir: string): string => join(dataDir, 'broker.log')

/** Runs Kafka in a formatted data folder and waits until it answers. */
export async function launchBroker(launch: Launch): Promise<BrokerProcess> {
  const { jvm, dataDir, log } = launch
  const logFile = brokerLogFile(dataDir)
  const logStart = makeRoom(logFile)
  const command = [jvm.command, ...jvm.broker(SERVER_PROPERTIES, ...overrideArguments(launch))]
  const logFd = openSync(logFile, 'a')
  const child = spawn('/bin/sh', ['-c', WATCH, 'hashwarden-broker', ...command], {
    cwd: dataDir,
    env: jvm.environment,
    // In a session of its own: the terminal's Ctrl-C reaches this process only, which stops the broker in order.
    detached: true,
    stdio: ['ignore', logFd, logFd, 'pipe'],
  })
  closeSync(logFd)
  const exited = once(child, 'exit').then(([code, signal]) => {
    jvm.keepArchive(signal === null)
    return String(signal ?? `exit code ${code}`)
  })
  // Node makes a pipe of `stdio` a socket, which can be written to.
  const watch = child.stdio[3]
  const { pid } = child
  if (pid === undefined || !(watch instanceof Socket)) {
    return exited.then((how) => Promise.reject(new BrokerError('ended', `/bin/sh could not run: ${how}`)))
  }
  // The watch may end before this process, if its whole process group was ended.
  watch.on('error', () => {})
  watch.unref()
  void exited.then(() => watch.end('ended\n', () => watch.destroy()))

  let asked = false
  const end = async (signal: NodeJS.Signals, patienceMs: number): Promise<void> => {
    asked = true
    child.kill(signal)
    const patience = new AbortController()
    void sleep(patienceMs, undefined, { signal: patience.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    )
    await exited
    patience.abort()
  }
  const kill = (): Promise<void> => end('SIGKILL', 0)
  await untilAnswers(launch, logStart, exited, kill)
  void exited.then((how) => asked || log(`The Kafka broker ended by itself (${how}); its log: ${logFile}`))
  return {
    pid,
    kill,
    stop: () => {
      if (!jvm.makesArchive || child.exitCode !== null || child.signalCode !== null)
        return end('SIGTERM', STOP_MS)
      log('Keeping the broker’s loaded classes, which makes its next starts quick (some seconds, once)…')
      return end('SIGTERM', STOP_WITH_ARCHIVE_MS)
    },
  }
}

async function untilAnswers(
  { dataDir, ports, seat }: Launch,
  logStart: number,
  exited: Promise<string>,
  kill: () => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), ANSWER_MS)
  const ended = exited.then((how) => {
    over.abort()
    return how
  })
  try {
    // A controller has no metadata for clients.
    const answers =
      seat?.role === 'controller'
        ? untilListening(ports.controller, over.signal)
        : brokerAnswers(ports.broker, over.signal)
    if (await answers) return
    // A person needs to know which of the two it was.
    const how = await Promise.race([ended, sleep(0, undefined)])
    if (how === undefined) await kill()
    throw whyNot(dataDir, ports, how, readFileSync(brokerLogFile(dataDir)).subarray(logStart).toString())
  } finally {
    clearTimeout(timer)
  }
}

function whyNot(dataDir: string, ports: BrokerPorts, how: string | undefined, logged: string): BrokerError {
  if (/Failed to acquire lock/.test(logged)) {
    return new BrokerError('folder-in-use', `A broker runs in ${dataDir} already`)
  }
  if (/Address already in use/.test(logged)) {
    return new BrokerError('port-in-use', portsTaken(ports.broker, ports.controller))
  }
  const tail = `The end of its log (${brokerLogFile(dataDir)}):\n${lastLines(logged, 15)}`
  if (how !== undefined)
    return new BrokerError('ended', `The Kafka broker ended as it started (${how}). ${tail}`)
  return new BrokerError('no-answer', `The Kafka broker did not answer in ${ANSWER_MS / 1000} s. ${tail}`)
}

export const portsTaken = (...ports: readonly number[]): string =>
  `Another process listens on ${ports.map((port) => `${HOST}:${port}`).join(' or ')} already: end that, or choose another port`

function overrideArguments({ ports, seat, overrides }: Launch): string[] {
  const settings = {
    listeners: `PLAINTEXT://${HOST}:${ports.broker},CONTROLLER://${HOST}:${ports.controller}`,
    'controller.quorum.voters': `1@${HOST}:${ports.controller}`,
    ...(seat && seatSettings(seat, ports)),
    ...STORAGE,
    ...overrides,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['--override', `${name}=${value}`])
}

/** Renames a log that has grown large. Returns the size of the log, where the next broker's lines begin. */
function makeRoom(logFile: string): number {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  if (size <= MAX_LOG_BYTES) return size
  renameSync(logFile, `${logFile}.before`)
  return 0
}
