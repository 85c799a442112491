// What happens to the matchers, the broker and the topic while the soak's traffic goes on.
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JavaBroker } from '../../../src/cli/local/broker-java.ts'
import type { Random } from '../../../src/sample/random-hash.ts'
import type { Deployment } from '../../integration/deployment.ts'
import { somewhere } from '../fault.ts'
import type { Fleet } from '../fleet.ts'

/** What events can strike at. */
export interface SoakScene {
  readonly broker: JavaBroker
  readonly deployment: Deployment
  readonly fleet: Fleet
  readonly random: Random
  readonly snapshotFile: string
}

export type SoakEvent = (scene: SoakScene) => Promise<void>

const MOST_DOWN_MS = 3_000

/** Half of the matchers that start again find no snapshot, and read known-hashes from its beginning. */
function maybeForgetSnapshot({ random, snapshotFile }: SoakScene): void {
  if (random() < 0.5) rmSync(snapshotFile, { force: true })
}

async function killMatchers(scene: SoakScene, count: number): Promise<void> {
  const { fleet, random } = scene
  const doomed = [...fleet.running].sort(() => random() - 0.5).slice(0, count)
  await Promise.all(doomed.map((matcher) => fleet.kill(matcher)))
  await sleep(somewhere(random, 0, MOST_DOWN_MS))
  maybeForgetSnapshot(scene)
  await Promise.all(doomed.map(() => fleet.start()))
}

async function rollMatchers(scene: SoakScene): Promise<void> {
  const { fleet } = scene
  const codes: (number | null)[] = []
  for (const matcher of fleet.running) {
    codes.push(await fleet.end(matcher))
    maybeForgetSnapshot(scene)
    await fleet.start()
  }
  if (codes.some((code) => code !== 0))
    throw new Error(`Matchers that were ended by SIGTERM had the exit codes ${codes.join(', ')}`)
}

/** They are drawn by chance, each as often as the others. */
export const EVENTS: Readonly<Record<string, SoakEvent>> = {
  'kill -9 of a matcher': (scene) => killMatchers(scene, 1),
  'kill -9 of every matcher': (scene) => killMatchers(scene, scene.fleet.running.length),
  'SIGTERM of one matcher after the other': rollMatchers,
  'restart of the broker': ({ broker }) => broker.restart(),
  'kill -9 of the broker': async ({ broker, random }) => {
    await broker.kill()
    await sleep(somewhere(random, 0, MOST_DOWN_MS))
    await broker.restart()
  },
}

/** Gives the topic of reports more partitions. */
export async function addPartitions({ deployment }: SoakScene, partitions: number): Promise<void> {
  const { log, settings } = deployment
  await log.alterTopic({ topic: settings.topics.reports, partitions, config: {} })
}
