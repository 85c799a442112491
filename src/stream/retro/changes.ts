// Which values the changes of known-hashes touch.
import { CANARY_ENTRIES } from '../../contract/canary.ts'
import { knownHashKey, parseKnownHashKey } from '../../contract/known-hash.ts'
import { ChangedValues } from '../../matcher/changed-values.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readRange, type OffsetRange } from '../../log/read-to-end.ts'

/** Selects changes of known-hashes. */
export interface Selection {
  /** Records of this time or later, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Only changes of this list; undefined: of all lists. */
  readonly source: string | undefined
}

/** Canaries are published again now and then; only canary reports come near them, and reports of the canary file. */
const CANARY_KEYS: ReadonlySet<string> = new Set(CANARY_ENTRIES.map(knownHashKey))

const ALL: Selection = { sinceMs: -Infinity, source: undefined }

export interface Changes {
  /** The values of all selected records, removals too. */
  readonly touched: ChangedValues
  /** The offset after the last selected record; 0 if there is none. */
  readonly to: number
}

/** Reads the values that changed in these offsets of known-hashes, or in all that the topic has now. */
export async function changesOf(
  log: EventLog,
  topic: string,
  { sinceMs, source }: Selection = ALL,
  range?: OffsetRange,
): Promise<Changes> {
  const touched = new ChangedValues()
  let to = 0
  const [{ earliest, end }] = await log.offsets(topic)
  const ranges = new Map([[0, range ?? { from: earliest, to: end }]])
  await readRange(log, topic, ranges, ({ key, offset, timestampMs }) => {
    const text = key?.toString('utf8')
    const identity = text === undefined || CANARY_KEYS.has(text) ? undefined : parseKnownHashKey(text)
    if (!identity || timestampMs < sinceMs || (source !== undefined && identity.source !== source)) return
    touched.add(identity)
    to = offset + 1
  })
  return { touched, to }
}
