// A Kafka broker in a container, where there is no Java.
import { fileURLToPath } from 'node:url'
import { brokerAnswers, freePort, HOST } from './broker-address.ts'
import { BrokerError } from './broker-error.ts'
import { lastLines, runTool } from './run-tool.ts'

const COMPOSE_FILE = fileURLToPath(new URL('../../../deploy/local/compose.yaml', import.meta.url))
/** Time for a start, in milliseconds: the first one fetches the image. */
const UP_MS = 10 * 60_000
const DOWN_MS = 60_000
const ANSWER_MS = 60_000

export interface DockerBrokerOptions {
  /** A port of 127.0.0.1 (default: any free one). */
  readonly port?: number
  readonly log?: (line: string) => void
  readonly environment?: NodeJS.ProcessEnv
}

export interface DockerBroker {
  /** Its address, as in KAFKA_BROKERS. */
  readonly brokers: string
  /** Takes the container down; its volume keeps the records for the next start. */
  stop(): Promise<void>
}

/**
 * Starts the container of deploy/local/compose.yaml and waits until the broker answers. Unlike the Java broker, the
 * container belongs to Docker's engine: it keeps running if this process is killed, and the next start then says what to
 * do.
 */
export async function startDockerBroker({
  port,
  log = () => {},
  environment = process.env,
}: DockerBrokerOptions = {}): Promise<DockerBroker> {
  const chosen = port ?? (await freePort())
  const withPort = { ...environment, HASHWARDEN_KAFKA_PORT: String(chosen) }
  const compose = (timeoutMs: number, ...args: string[]): ReturnType<typeof runTool> =>
    runTool('docker', ['compose', '--file', COMPOSE_FILE, ...args], { timeoutMs, environment: withPort })
  const stop = async (): Promise<void> => {
    const { ended, output } = await compose(DOWN_MS, 'down')
    if (ended !== 'well') throw dockerFailed('down', output)
  }
  // A second `up` with another port would replace a container that another process uses.
  if ((await compose(DOWN_MS, 'ps', '--quiet')).output !== '') {
    throw new BrokerError(
      'folder-in-use',
      `The Kafka container of ${COMPOSE_FILE} runs already: set KAFKA_BROKERS to its address (docker ps shows the ` +
        `port) to use it, or end it with: docker compose --file ${COMPOSE_FILE} down`,
    )
  }
  log('Starting Apache Kafka in a container (the first time its image is fetched)…')
  const { ended, output } = await compose(UP_MS, 'up', '--detach', '--wait')
  if (ended !== 'well') throw dockerFailed('up', output)
  if (!(await brokerAnswers(chosen, AbortSignal.timeout(ANSWER_MS)))) {
    const { output: containerLog } = await compose(DOWN_MS, 'logs', '--tail', '20')
    await stop()
    throw dockerFailed('answer', containerLog)
  }
  return { brokers: `${HOST}:${chosen}`, stop }
}

function dockerFailed(step: string, output: string): BrokerError {
  return new BrokerError(
    'docker-failed',
    `The Kafka container failed (${step}; ${COMPOSE_FILE}). The last lines:\n${lastLines(output, 20)}`,
  )
}
