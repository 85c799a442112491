// A topic of known hashes in memory whose clock a test turns, and the endpoint that shares it, on loopback.
import { createHash } from 'node:crypto'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import { encodeKnownHash, knownHashKey, type Entry } from '../../../src/contract/known-hash.ts'
import { parseHashValue } from '../../../src/hash/hash-value.ts'
import { parseKeptValue, type KeptType } from '../../../src/hash/kept-type.ts'
import type { HashType } from '../../../src/hash/hash-type.ts'
import { ShareFeed } from '../../../src/lists/serve/share-feed.ts'
import { serveShared } from '../../../src/lists/serve/share-server.ts'
import { SharedFiles } from '../../../src/lists/serve/shared-files.ts'
import { BendableLog } from '../../log/bendable-log.ts'
import type { SharingClient, SharingSettings } from '../../../src/settings/sharing-settings.ts'
import { Health } from '../../../src/telemetry/health.ts'

export const TOPIC = 'known-hashes'
export const PASSWORD = 'a password: with a colon'
const TOPIC_RECORD = { schema: 'topic/1', topicId: '00000000-0000-4000-8000-000000000000' }
/** A whole second. */
export const BEGIN_MS = Date.parse('2026-01-10T08:00:00Z')

/** Digits that look like a hash: of a text, so that each is another. */
export const digits = (text: string, length = 32): string =>
  createHash('sha512').update(text).digest('hex').slice(0, length)

type Changes = Partial<Omit<Entry, 'type' | 'value'>>

/** An entry that may be shared with members. */
export function entryOf(sourceId: string, changes: Changes = {}): Entry {
  const value = parseHashValue('md5', digits(sourceId))
  if (value === undefined) throw new Error('The digits are an MD5.')
  return { ...SHAREABLE, type: 'md5', value, sourceId, ...changes }
}

/** The same of another type. */
export function entryOfType(
  type: HashType,
  digitsOf: string,
  sourceId: string,
  changes: Changes = {},
): Entry {
  const value = parseHashValue(type, digitsOf)
  if (value === undefined) throw new Error('The digits are no value.')
  return { ...SHAREABLE, type, value, sourceId, ...changes }
}

export function keptEntryOf(type: KeptType, text: string, sourceId: string, changes: Changes = {}): Entry {
  const value = parseKeptValue(type, text)
  if (value === undefined) throw new Error('The text is no value.')
  return { ...SHAREABLE, type, value, sourceId, ...changes }
}

const SHAREABLE = {
  schema: 'known-hash/1',
  source: 'a-list',
  classification: { scheme: 'ncmec', code: 'A1' },
  role: 'match',
  purpose: 'csam',
  handling: { audience: 'members', onward: 'same-audience' },
  addedAt: '2026-01-10T08:00:00Z',
} as const

export const CLIENT: Omit<SharingClient, 'passwordHash'> = {
  name: 'reader',
  sources: ['a-list'],
  audiences: ['members'],
}

/** A topic whose clock the test turns. */
export class SharedTopic {
  nowMs = BEGIN_MS
  readonly log = new BendableLog({ clock: () => this.nowMs })

  static async make(): Promise<SharedTopic> {
    const topic = new SharedTopic()
    await topic.log.createTopic({ topic: TOPIC, partitions: 1, config: {} }, 1)
    await topic.log.produce(TOPIC, [{ key: '_topic', value: JSON.stringify(TOPIC_RECORD) }])
    return topic
  }

  async put(...entries: readonly Entry[]): Promise<void> {
    await this.log.produce(
      TOPIC,
      entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
    )
  }

  async remove(...entries: readonly Entry[]): Promise<void> {
    await this.log.produce(
      TOPIC,
      entries.map((entry) => ({ key: knownHashKey(entry), value: null })),
    )
  }

  wait(seconds: number): void {
    this.nowMs += seconds * 1_000
  }
}

export const hashOf = (password: string): string =>
  `sha256:${createHash('sha256').update(password).digest('hex')}`

/** The endpoint, with the parts behind it. */
export async function openSharing(
  topic: SharedTopic,
  settings: SharingSettings,
  logger = createTelemetry('silent').logger,
) {
  const { metrics } = createTelemetry('silent')
  const health = new Health()
  const clock = (): number => topic.nowMs
  const files = new SharedFiles(clock)
  const feed = new ShareFeed({ log: topic.log, topic: TOPIC, files, metrics, health, logger })
  const server = await serveShared({ settings, files, feed, logger, metrics, clock })
  await feed.start()
  const close = async (): Promise<void> => {
    await server.close()
    await feed.stop()
  }
  return { url: server.url, feed, files, metrics, health, close }
}
