// StopNCII: hashes of intimate images that their subjects submitted; a page of FetchHashes, or several records in a file.
import type { ListItem, ReadItems } from '../list-item.ts'
import { secondsTimeOf, timeOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { members, type Route } from './json/route.ts'
import { ownFields } from './json/own-fields.ts'
import { bareId, isContentName, listedTypeOf } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { unkeptKind } from './unkept-kind.ts'

const RECORD: Route = {
  record: { kind: 'hash', keep: new Set(['signaltype', 'hashvalue', 'hashstatus', 'lastmodtimestamp']) },
}
const LIST: Route = { elements: RECORD }

const LIVE = new Set(['active', 'received'])
const GONE = new Set(['withdrawn', 'deleted'])

/** The items of one parsed record. A record replaces an earlier one of the same type and value. */
export function stopNciiItems(record: unknown, place: string): readonly ListItem[] {
  const { signalType, hashValue, hashStatus, lastModtimestamp } = ownFields(record)
  const signal = typeof signalType === 'string' ? signalType.trim() : ''
  if (signal === '') return [{ kind: 'refused', place, reason: 'it has no signalType' }]
  if (isContentName(signal))
    return [{ kind: 'passed-over', place, why: `signalType ${signal}, which is content` }]
  const type = listedTypeOf(signal)
  if (type === undefined)
    return [{ kind: 'passed-over', place, why: `signalType ${unkeptKind(signal)}, which is not known` }]

  const found = new RecordHashes(place)
  found.add(type, hashValue)
  const [hash] = found.hashes
  if (hash === undefined) {
    if (found.unkept) return [{ kind: 'passed-over', place, why: found.unkept.join(', ') }]
    return found.refused.length > 0
      ? found.refused
      : [{ kind: 'refused', place, reason: 'it has no hashValue' }]
  }
  const status = typeof hashStatus === 'string' ? hashStatus.trim().toLowerCase() : ''
  const { hashes } = found
  const sourceId = bareId(hash)
  const changedAt = secondsTimeOf(lastModtimestamp) ?? timeOf(lastModtimestamp)
  const identity = { place, sourceId, isBare: true, hashes, changedAt }
  if (GONE.has(status)) return [{ kind: 'withdrawal', ...identity }]
  if (LIVE.has(status)) return [{ kind: 'file', ...identity }]
  const reason = 'its hashStatus is none of Active, Received, Withdrawn and Deleted'
  return [{ kind: 'refused', place, sourceId, reason }]
}

export const readStopNcii: ReadItems = recordReader(
  { members: members({ hashrecords: LIST }), ...LIST },
  '`hashRecords`, an array, or an array of such records',
  stopNciiItems,
)
