// Which broker the demonstration can use: a cluster, Java, Docker, or none.
import { join } from 'node:path'
import { jarsAreThere } from './broker-jars.ts'
import { runTool } from './run-tool.ts'

const OLDEST_JAVA = 17
const PROBE_MS = 10_000

/** The choice. `why` explains it to the person at the terminal, behind a word such as “Broker:”. */
export type BrokerChoice =
  | { readonly kind: 'cluster'; readonly brokers: string; readonly why: string }
  | { readonly kind: 'java'; readonly why: string }
  | { readonly kind: 'docker'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string; readonly missing: readonly string[] }

/** Whether this machine has one way to run a broker: the tool that was found, or the reason why not. */
export type Probe =
  { readonly found: true; readonly what: string } | { readonly found: false; readonly why: string }

export interface MachineProbes {
  java(): Promise<Probe>
  /** Kafka's jars: fetched already, or Maven to fetch them. */
  jars(): Promise<Probe>
  docker(): Promise<Probe>
}

/** Decides by the environment and the machine's tools. KAFKA_BROKERS takes precedence; a tool is looked for only if needed. */
export async function chooseBroker(
  environment: NodeJS.ProcessEnv,
  probes: MachineProbes = machineProbes(environment),
): Promise<BrokerChoice> {
  const brokers = environment['KAFKA_BROKERS']?.trim()
  if (brokers) return { kind: 'cluster', brokers, why: `the cluster of KAFKA_BROKERS, ${brokers}` }
  const missing: string[] = []
  const java = await probes.java()
  const jars = java.found ? await probes.jars() : undefined
  if (java.found && jars?.found) {
    return { kind: 'java', why: `a real Apache Kafka on this machine, by ${java.what} and ${jars.what}` }
  }
  if (!java.found) missing.push(java.why)
  if (jars && !jars.found) missing.push(jars.why)
  const docker = await probes.docker()
  if (docker.found) return { kind: 'docker', why: `a real Apache Kafka in a container, by ${docker.what}` }
  missing.push(docker.why)
  return { kind: 'none', why: `none can run here: ${missing.join(' ')}`, missing }
}

/** Looks for the tools of this machine. */
function machineProbes(environment: NodeJS.ProcessEnv): MachineProbes {
  return {
    java: () => probeJava(environment),
    jars: () => probeJars(environment),
    docker: () => probeDocker(environment),
  }
}

/** The Java command. Maven would take the same. */
export const javaCommand = ({ JAVA_HOME }: NodeJS.ProcessEnv): string =>
  JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java'

/** Looks for a Java that can run Kafka. `what` tells its builds apart. */
export async function probeJava(environment: NodeJS.ProcessEnv): Promise<Probe> {
  // The broker's watch is a POSIX shell script, and Kafka itself doesn't support Windows.
  if (process.platform === 'win32') return missing('Kafka does not run on Windows itself: use WSL or Docker.')
  const command = javaCommand(environment)
  const { ended, output } = await runTool(command, ['-version'], { timeoutMs: PROBE_MS, environment })
  if (ended !== 'well') return missing(`Java ${OLDEST_JAVA} or newer is not installed (${command} -version).`)
  // `openjdk version "17.0.15" 2025-04-15`; Java 8 called itself 1.8.
  const version = /version "((?:1\.)?(\d+)[^"]*)"/.exec(output)
  if (!version || Number(version[2]) < OLDEST_JAVA) {
    return missing(`Java is too old: ${version?.[1] ?? output}; Kafka needs ${OLDEST_JAVA} or newer.`)
  }
  return { found: true, what: `Java ${version[1]}` }
}

async function probeJars(environment: NodeJS.ProcessEnv): Promise<Probe> {
  if (jarsAreThere(environment)) return { found: true, what: 'the jars fetched before' }
  const { ended } = await runTool('mvn', ['--version'], { timeoutMs: PROBE_MS, environment })
  if (ended !== 'well') return missing('Maven (mvn), which fetches Kafka for that Java, is not installed.')
  return { found: true, what: 'Maven' }
}

async function probeDocker(environment: NodeJS.ProcessEnv): Promise<Probe> {
  const ask = (...args: string[]): ReturnType<typeof runTool> =>
    runTool('docker', args, { timeoutMs: PROBE_MS, environment })
  const engine = await ask('info', '--format', '{{.ServerVersion}}')
  if (engine.ended === 'not-found') return missing('Docker is not installed.')
  if (engine.ended !== 'well') return missing('Docker is installed, but its engine does not run.')
  const compose = await ask('compose', 'version', '--short')
  if (compose.ended !== 'well') return missing('Docker runs, but without its compose plugin.')
  return { found: true, what: `Docker ${engine.output} with compose ${compose.output}` }
}

const missing = (why: string): Probe => ({ found: false, why })
