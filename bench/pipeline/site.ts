// Where the pipeline is measured: a broker of the benchmark's own, whose records are kept from run to run, and the
// settings of what runs against it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Policy } from '../../src/policy/policy.ts'
import { loadPolicy, loadSettings } from '../../src/settings/load-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { Orientations } from './jobs.ts'

/** Of reports and hits: as many members as are measured at most. */
export const PARTITIONS = 6

/** All that a job's process must know of where it is; it is handed over as JSON. */
export interface Site {
  /** For what lasts as long as the broker's records. */
  readonly folder: string
  readonly brokers: string
  readonly brokerPid: number
  /** The topic of the reports that wait, and how many there are. */
  readonly reports: { readonly topic: string; readonly count: number }
  /** By the number of known PDQ hashes: their topic. */
  readonly knownTopics: Readonly<Record<string, string>>
  /** Where there is Python with the peers. */
  readonly python?: string
}

export const snapshotFile = (folder: string, topic: string): string => join(folder, `${topic}.snapshot`)

/** The default settings of a matcher, except for those that would disturb the measurement. */
export function siteSettings(
  { folder, brokers, reports }: Pick<Site, 'folder' | 'brokers' | 'reports'>,
  knownTopic: string,
  match: Partial<Settings['match']> = {},
): Settings {
  const defaults = loadSettings(undefined, { KAFKA_BROKERS: brokers })
  return {
    ...defaults,
    topics: { ...defaults.topics, reports: reports.topic, knownHashes: knownTopic },
    provision: { partitions: PARTITIONS, replicationFactor: 1 },
    match: {
      ...defaults.match,
      // Reports are those that were put there, each read once.
      canarySeconds: 0,
      retro: { share: 0, maxLagRecords: 0 },
      snapshot: { file: snapshotFile(folder, knownTopic), everyMinutes: 0 },
      ...match,
    },
  }
}

/** The settings for a job at this number of known hashes. */
export function settingsAt(site: Site, known: number, match: Partial<Settings['match']> = {}): Settings {
  const topic = site.knownTopics[known]
  if (topic === undefined) throw new Error(`No topic with ${known} known hashes was prepared.`)
  return siteSettings(site, topic, match)
}

/** The policy as it is by default, or with nothing but the hash as it is. */
export function policyOf(orientations: Orientations): Policy {
  const policy = loadPolicy()
  if (orientations === 8) return policy
  const { orientations: _, ...pdq } = policy.hashes.pdq ?? { part: 'hit' }
  return { ...policy, hashes: { ...policy.hashes, pdq } }
}

/** Writes that policy to a file, for a matcher of its own process. */
export function writePolicy(folder: string, orientations: Orientations): string {
  const file = join(folder, `policy-o${orientations}.yaml`)
  writeFileSync(file, stringify(policyOf(orientations)))
  return file
}
