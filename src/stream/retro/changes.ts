import { parseKnownHashKey } from '../../contract/known-hash.ts'
import { TouchedValues } from '../../matcher/touched-values.ts'
import type { EventLog } from '../event-log.ts'
import { readRange, type OffsetRange } from '../read-to-end.ts'

/** Which changes of known-hashes to look back for. */
export interface Selection {
  /** Records of this time or later, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Of this list; undefined: of all. */
  readonly source: string | undefined
}

const ALL: Selection = { sinceMs: -Infinity, source: undefined }

export interface Changes {
  /** The values of all records that are selected, whatever they say of them: an entry may have gone, too. */
  readonly touched: TouchedValues
  /** Behind the last of them; 0 if there is none. */
  readonly to: number
}

/** Reads which values were changed in known-hashes: in these offsets, or in all that the topic has now. */
export async function changesOf(
  log: EventLog,
  topic: string,
  { sinceMs, source }: Selection = ALL,
  range?: OffsetRange,
): Promise<Changes> {
  const touched = new TouchedValues()
  let to = 0
  const [{ earliest, end }] = await log.offsets(topic)
  const ranges = new Map([[0, range ?? { from: earliest, to: end }]])
  await readRange(log, topic, ranges, ({ key, offset, timestampMs }) => {
    const identity = key === null ? undefined : parseKnownHashKey(key.toString('utf8'))
    if (!identity || timestampMs < sinceMs || (source !== undefined && identity.source !== source)) return
    touched.add(identity)
    to = offset + 1
  })
  return { touched, to }
}
