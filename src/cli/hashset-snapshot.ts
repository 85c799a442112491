// `hashwarden hashset snapshot` and `hashset verify`: the known set as a file, without a matcher.
import { Command } from 'commander'
import { PACKED_CONTENT, PackedKnownSet } from '../known/packed/packed-known-set.ts'
import { SetDigest } from '../known/set-digest.ts'
import { loadSnapshot } from '../known/snapshot/load-snapshot.ts'
import type { SnapshotReader } from '../known/snapshot/section-reader.ts'
import { SnapshotRefusal } from '../known/snapshot/snapshot-refusal.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import type { EventLog } from '../log/event-log.ts'
import { openKnownSet } from '../stream/feed/open-known-set.ts'
import { saveKnownSet, type SnapshotPlace } from '../stream/feed/save-known-set.ts'
import { matchingProblems, planTopics, TopicsError, wantedTopics } from '../stream/topics/topics.ts'
import { Health } from '../telemetry/health.ts'
import { createLogger } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { snapshotPlace } from './known-set-snapshot.ts'
import { CONFIG_OPTION, tellOnStderr, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface KeyOption {
  readonly keyFile?: string
}

interface SnapshotOptions extends ConfigOption, KeyOption {
  readonly file?: string
}

/** The command can't do its work; the message says what to do. */
class HashsetSnapshotError extends Error {
  readonly code = 'HASHSET_SNAPSHOT'
  override readonly name = 'HashsetSnapshotError'
}

/** No search happens here, so this index, which needs no building, is the cheapest. */
const INDEX = 'flat'
const loadUnsearched = (reader: SnapshotReader): Promise<PackedKnownSet> =>
  PackedKnownSet.load(reader, { index: INDEX })

const KEY_OPTION = [
  '--key-file <file>',
  'its key: 32 raw bytes or 64 hexadecimal digits (default: match.snapshot.keyFile of the settings)',
] as const

export const snapshotCommand = (): Command =>
  new Command('snapshot')
    .description('write the known set as it is now to a file, from which matchers start')
    .option('--file <file>', 'where to (default: match.snapshot.file of the settings)')
    .option(...KEY_OPTION)
    .option(...CONFIG_OPTION)
    .action(writeOne)

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('check a snapshot to its last byte, and that its entries make the digest that it names')
    .argument('<file>')
    .option(...KEY_OPTION)
    .option(...CONFIG_OPTION)
    .action(verify)

async function writeOne({ file, keyFile, ...rest }: SnapshotOptions): Promise<void> {
  const work = async (log: EventLog, settings: Settings): Promise<void> => {
    const { snapshot } = settings.match
    const named = file ?? snapshot?.file
    if (named === undefined) {
      throw new HashsetSnapshotError('Which file? Pass --file, or set match.snapshot.file in the settings.')
    }
    const place = await snapshotPlace({ file: named, keyFile: keyFile ?? snapshot?.keyFile })
    const { knownHashes } = settings.topics
    const wanted = wantedTopics(settings.topics, settings.provision.partitions)
    const plan = await planTopics(
      log,
      wanted.filter(({ topic }) => topic === knownHashes),
    )
    const problems = matchingProblems(plan)
    if (problems.length > 0) throw new TopicsError(problems)
    await new StandardOutput().line(await saveFromTopic(log, knownHashes, place))
  }
  await withLog(rest, work, tellOnStderr())
}

/** Brings the file, or a new set, up to the end of the topic, and writes it. Returns what the person reads of it. */
async function saveFromTopic(log: EventLog, topic: string, place: SnapshotPlace): Promise<string> {
  const { set, feed, restored, refusal } = await openKnownSet({
    log,
    topic,
    place,
    shape: { index: INDEX },
    minEntries: 1,
    metrics: createMetrics(),
    health: new Health(),
    logger: createLogger('warn'),
  })
  if (refusal && refusal.code !== 'missing') console.error(`${refusal.message}: reading ${topic} anew`)
  try {
    const asOfMs = Date.now()
    await feed.start()
    await feed.catchUp()
    if (!feed.isUsable) {
      throw new HashsetSnapshotError(
        `${topic} has no entries, or no record _topic: \`hashwarden topics apply\` writes it. No snapshot was written.`,
      )
    }
    const bytes = await saveKnownSet({ ...place, set, feed, asOfMs })
    const readFrom = restored ? `read on from offset ${restored.offset}` : 'read from its beginning'
    return `${set.entries} entries of ${topic} (${readFrom} to ${set.position.offset}), ${bytes} bytes: ${place.file}`
  } finally {
    await feed.stop()
    await set.close()
  }
}

async function verify(file: string, { keyFile, config }: KeyOption & ConfigOption): Promise<void> {
  const { snapshot } = loadSettings(config).match
  const { key } = await snapshotPlace({ file, keyFile: keyFile ?? snapshot?.keyFile })
  const anyAge = { nowMs: Date.now(), maxAgeMs: Infinity }
  const loaded = await loadSnapshot(file, { key, content: PACKED_CONTENT, ...anyAge }, loadUnsearched)
  if (loaded instanceof SnapshotRefusal) throw loaded
  const { header, state } = loaded
  const digest = new SetDigest()
  let entries = 0
  for (const entry of state.entriesWritten()) {
    digest.add(entry)
    entries++
  }
  if (entries !== header.entries || digest.toString() !== header.digest) {
    throw new HashsetSnapshotError(
      `The snapshot ${file} is whole, but its entries are not those that it names: don't use it.`,
    )
  }
  await new StandardOutput().line(
    `${entries} entries, as of ${header.asOf}, topic ${header.topicId} to offset ${header.offset}\ndigest ${header.digest}`,
  )
}
