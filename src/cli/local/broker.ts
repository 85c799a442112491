import { chooseBroker } from './broker-choice.ts'
import { startDockerBroker } from './broker-docker.ts'
import { startJavaBroker } from './broker-java.ts'

interface Broker {
  /** Addresses, comma-separated, as KAFKA_BROKERS has them. */
  readonly brokers: string
  /** Ends the broker if it was started here; a cluster that was there before stays. */
  stop(): Promise<void>
}

/** A broker, and whether it is there for the demonstration alone. */
export interface ChosenBroker extends Broker {
  readonly isOurs: boolean
}

/**
 * The broker of a demonstration: the cluster that KAFKA_BROKERS names, else a real one that this machine can run,
 * its records in `dataDir` (a container's in its volume), else undefined. `say` is told which it is, and why.
 */
export async function startBroker(
  dataDir: string,
  say: (line: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ChosenBroker | undefined> {
  const choice = await chooseBroker(environment)
  say(choice.why)
  if (choice.kind === 'cluster') return { brokers: choice.brokers, isOurs: false, stop: async () => {} }
  if (choice.kind === 'java') return ours(await startJavaBroker({ dataDir, log: say, environment }))
  if (choice.kind === 'docker') return ours(await startDockerBroker({ log: say, environment }))
  return undefined
}

const ours = (broker: Broker): ChosenBroker => ({
  brokers: broker.brokers,
  isOurs: true,
  stop: () => broker.stop(),
})
