// Hasher-Matcher-Actioner, the open peer: the contents of its banks, one or an array of them.
import type { ListItem, ReadItems } from '../list-item.ts'
import { secondsTimeOf, sourceIdOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import type { Route } from './json/route.ts'
import { isNone, RecordHashes } from './record-hashes.ts'

const RECORD: Route = { record: { kind: 'content', keep: new Set(['id', 'disable_until_ts', 'signals']) } }

/** Of disable_until_ts: any other number is the time until which the content is disabled. */
const ENABLED = '1'
const DISABLED = '0'

/** The items of one content. */
function hmaItems(record: unknown, place: string): readonly ListItem[] {
  const { id, signals, disable_until_ts } = ownFields(record)
  const sourceId = sourceIdOf(id)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: 'it has no id that can be used' }]
  const disabled = disabledOf(disable_until_ts)
  if (disabled === null)
    return [{ kind: 'refused', place, sourceId, reason: 'its disable_until_ts is neither 1, 0 nor a time' }]
  if (isNone(signals) || typeof signals !== 'object' || Array.isArray(signals))
    return [{ kind: 'refused', place, sourceId, reason: 'it has no signals: export them too' }]

  const found = new RecordHashes(place)
  for (const [name, value] of Object.entries(ownFields(signals))) {
    for (const one of Array.isArray(value) ? value : [value]) found.addNamed(name, one)
  }
  const { hashes, unkept, unread } = found
  const file: ListItem = { kind: 'file', place, sourceId, hashes, unkept, unread, disabled }
  return [file, ...found.refusedOf(sourceId)]
}

/** undefined: it is enabled. null: that can't be read, and content that may be disabled must not match. */
function disabledOf(value: unknown): { readonly until?: string } | undefined | null {
  if (isNone(value)) return undefined
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const text = String(value)
  if (text === ENABLED) return undefined
  if (text === DISABLED) return {}
  const until = secondsTimeOf(value)
  return until === undefined ? null : { until }
}

export const readHma: ReadItems = recordReader(
  { ...RECORD, elements: RECORD },
  'a content of a bank, or an array of them',
  hmaItems,
)
