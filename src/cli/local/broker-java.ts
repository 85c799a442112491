// A real single-node Apache Kafka (KRaft) on this machine's Java: for `npm start`, and for the tests.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { probeJava } from './broker-choice.ts'
import { freePort, HOST, isFree } from './broker-address.ts'
import { BrokerError } from './broker-error.ts'
import { ensureJars } from './broker-jars.ts'
import { Jvm } from './broker-jvm.ts'
import { brokerLogFile, launchBroker, portsTaken, type BrokerProcess } from './broker-process.ts'
import { formatStorage, type BrokerPorts, type ClusterSeat } from './broker-storage.ts'
import { isAlive } from './is-alive.ts'

/** How long a broker may hold its folder after the process that started it has ended: its watch gives it 10 s. */
const HANDOVER_MS = 20_000
const HANDOVER_POLL_MS = 500
const PORT_TRIES = 3

export interface JavaBrokerOptions {
  /** The folder of the broker's records and log. It is made and formatted on first use; one broker uses it at a time. */
  readonly dataDir: string
  /** A port of 127.0.0.1 (default: any free one). */
  readonly port?: number
  /** The controller's port (default: any free one). */
  readonly controllerPort?: number
  /** The most that Java's heap may grow to (default: 512). */
  readonly heapMb?: number
  /** Gets a line when something takes long, and when the broker ends by itself (default: no lines). */
  readonly log?: (line: string) => void
  /** Settings of Kafka over those of deploy/local/server.properties, as `{ 'message.max.bytes': '2000000' }`. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Arguments for Kafka's tool that formats a new folder, as `--add-scram` with a user (default: none). */
  readonly formatArguments?: readonly string[]
  /** Its part in a cluster of several nodes (default: it is a cluster of its own). */
  readonly seat?: ClusterSeat
  /** Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv
}

export interface JavaBroker {
  /** Its address, as in KAFKA_BROKERS; the same after a restart. */
  readonly brokers: string
  /** The running Java process, or the last one. */
  readonly pid: number
  readonly dataDir: string
  readonly logFile: string
  /** Ends it in order (SIGTERM; SIGKILL if it takes more than 10 s). The records stay in the folder. */
  stop(): Promise<void>
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>
  /** Stops it if it runs, and starts it again on the same ports and records. */
  restart(): Promise<void>
}

/**
 * Starts a broker and resolves when it answers. It gets no Ctrl-C from the terminal: this process stops it in order. When
 * this process has ended, in any way, the broker stops by itself.
 *
 * @throws BrokerError whose code says whether Java, the jars, the folder, a port or the broker itself was at fault
 */
export async function startJavaBroker(options: JavaBrokerOptions): Promise<JavaBroker> {
  const { heapMb = 512, log = () => {}, overrides = {}, seat, environment = process.env } = options
  const dataDir = resolve(options.dataDir)
  const java = await probeJava(environment)
  if (!java.found) throw new BrokerError('no-java', `A local broker needs Java. ${java.why}`)
  const jars = await ensureJars(environment, log)
  // Checked for each run: the one before may have written the archive that makes this one quick.
  const jvm = (): Jvm => new Jvm(environment, jars, java.what, heapMb)
  mkdirSync(dataDir, { recursive: true })
  await formatStorage(dataDir, jvm(), options.formatArguments, seat)

  const launch = (ports: BrokerPorts): Promise<BrokerProcess> =>
    launchBroker({ jvm: jvm(), dataDir, ports, seat, overrides, log })
  const { ports, first } = await launchInTurn(options, dataDir, log, launch)
  const brokers = `${HOST}:${ports.broker}`
  let running = first
  claim(dataDir, { starter: process.pid, brokers })
  const stop = (): Promise<void> => running.stop()
  return {
    brokers,
    get pid() {
      return running.pid
    },
    dataDir,
    logFile: brokerLogFile(dataDir),
    stop,
    kill: () => running.kill(),
    restart: async () => {
      await stop()
      await refuseTaken(ports.broker, ports.controller)
      running = await launch(ports)
      claim(dataDir, { starter: process.pid, brokers })
    },
  }
}

/**
 * Launches as soon as the folder and the ports are free. Another start may take a free port before Kafka binds it: then
 * other ports are tried. If the process that started the folder's broker has ended, the folder is about to be free; if that
 * process runs, it isn't.
 */
async function launchInTurn(
  { port, controllerPort }: JavaBrokerOptions,
  dataDir: string,
  log: (line: string) => void,
  launch: (ports: BrokerPorts) => Promise<BrokerProcess>,
): Promise<{ ports: BrokerPorts; first: BrokerProcess }> {
  const deadline = Date.now() + HANDOVER_MS
  let portTries = 0
  let told = false
  for (;;) {
    const ports = await choosePorts(port, controllerPort)
    try {
      return { ports, first: await launch(ports) }
    } catch (error) {
      const code = error instanceof BrokerError ? error.code : undefined
      if (code === 'port-in-use' && ++portTries < PORT_TRIES) continue
      if (code !== 'folder-in-use') throw error
      const holder = readClaim(dataDir)
      if ((holder && isAlive(holder.starter)) || Date.now() > deadline) throw folderInUse(dataDir, holder)
      if (!told) log(`Waiting for the broker that still holds ${dataDir}…`)
      told = true
      await sleep(HANDOVER_POLL_MS)
    }
  }
}

async function choosePorts(given?: number, givenController?: number): Promise<BrokerPorts> {
  await refuseTaken(...[given, givenController].filter((port) => port !== undefined))
  const broker = given ?? (await freePort())
  let controller = givenController ?? (await freePort())
  while (controller === broker) controller = await freePort()
  return { broker, controller }
}

/** Checks the ports before the launch: another process that listens there would answer in the broker's place. */
async function refuseTaken(...ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if (!(await isFree(port))) throw new BrokerError('port-in-use', portsTaken(port))
  }
}

/** The process that runs the broker of a folder. Kafka's own lock decides; this only helps a person find the process. */
interface Claim {
  readonly starter: number
  readonly brokers: string
}

const claimFile = (dataDir: string): string => join(dataDir, 'running.json')

const claim = (dataDir: string, holder: Claim): void =>
  writeFileSync(claimFile(dataDir), JSON.stringify(holder))

function readClaim(dataDir: string): Claim | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(claimFile(dataDir), 'utf8'))
    if (read === null || typeof read !== 'object' || !('starter' in read) || !('brokers' in read))
      return undefined
    return { starter: Number(read.starter), brokers: String(read.brokers) }
  } catch {
    // There is no file yet, or it is half written: the process is unknown.
    return undefined
  }
}

function folderInUse(dataDir: string, holder: Claim | undefined): BrokerError {
  const whose = holder ? ` at ${holder.brokers}, started by process ${holder.starter}` : ''
  const use = holder ? `use it (KAFKA_BROKERS=${holder.brokers}), ` : ''
  return new BrokerError(
    'folder-in-use',
    `A broker runs in ${dataDir} already${whose}: ${use}end it, or choose another folder`,
  )
}
