import { chooseBroker } from './broker-choice.ts'
import { startDockerBroker } from './broker-docker.ts'
import { startJavaBroker } from './broker-java.ts'

export interface Broker {
  /** Addresses, comma-separated, as KAFKA_BROKERS has them. */
  readonly brokers: string
  /** Ends the broker if it was started here; a cluster that was there before stays. */
  stop(): Promise<void>
}

/**
 * The broker of a demonstration: the cluster that KAFKA_BROKERS names, else a real one that this machine can run,
 * its records in `dataDir` (a container's in its volume), else undefined. `say` is told which it is, and why.
 */
export async function startBroker(
  dataDir: string,
  say: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Broker | undefined> {
  const choice = await chooseBroker(environment)
  say(choice.why)
  if (choice.kind === 'cluster') return { brokers: choice.brokers, stop: async () => {} }
  if (choice.kind === 'java') return startJavaBroker({ dataDir, log: say, environment })
  if (choice.kind === 'docker') return startDockerBroker({ log: say, environment })
  return undefined
}
