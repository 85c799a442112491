// Chooses the broker of the demonstration, and starts it if need be.
import { chooseBroker } from './broker-choice.ts'
import { startDockerBroker } from './broker-docker.ts'
import { startJavaBroker } from './broker-java.ts'

interface Broker {
  /** Addresses, comma-separated, as KAFKA_BROKERS has them. */
  readonly brokers: string
  /** Stops the broker if this process started it; a cluster that was there before keeps running. */
  stop(): Promise<void>
}

/** A broker, and whether the demonstration started it for itself. */
export interface ChosenBroker extends Broker {
  readonly isOurs: boolean
}

/**
 * The broker of a demonstration: the cluster that KAFKA_BROKERS names; else a real broker that this machine can run, with
 * its records in `dataDir` (in a volume, if it runs in a container); else undefined. `say` gets the choice and its reason
 * in words.
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
