// STIX 2.1: bundles of objects. Indicators whose patterns name hashes of files, and nothing else, give entries.
// https://docs.oasis-open.org/cti/stix/v2.1/
import type { ListItem, ReadItems } from '../list-item.ts'
import { flagOf, sourceIdOf, tagsOf, timeOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import { members, type Route } from './json/route.ts'
import { unkeptKind } from './listed-hash.ts'
import { isNone, RecordHashes } from './record-hashes.ts'
import { hashesOfPattern } from './stix-pattern.ts'

const LIST: Route = {
  elements: {
    record: {
      kind: 'object',
      keep: new Set([
        'id',
        'type',
        'pattern',
        'pattern_type',
        'revoked',
        'valid_until',
        'modified',
        'labels',
      ]),
    },
  },
}

export const readStix: ReadItems = recordReader(
  { members: members({ objects: LIST }), ...LIST },
  '`objects`, an array',
  objectItems,
)

function objectItems(record: unknown, place: string): readonly ListItem[] {
  const { id, type, pattern, pattern_type, revoked, valid_until, modified, labels } = ownFields(record)
  // An object `file` says that a file was seen, and not what was found of it.
  if (type !== 'indicator') return [{ kind: 'passed-over', place, why: `object ${unkeptKind(type)}` }]
  const sourceId = sourceIdOf(id)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: 'it has no id that can be used' }]
  const isRevoked = isNone(revoked) ? false : flagOf(revoked)
  if (isRevoked === undefined)
    return [{ kind: 'refused', place, reason: 'its field `revoked` is neither true nor false' }]
  const withdrawal: ListItem = { kind: 'withdrawal', place, sourceId }
  if (isRevoked) return [withdrawal]
  const isStix = isNone(pattern_type) || pattern_type === 'stix'
  const named = isStix && typeof pattern === 'string' ? hashesOfPattern(pattern) : undefined
  if (named === undefined)
    return [withdrawal, { kind: 'passed-over', place, why: 'pattern of other things than hashes of files' }]
  const validUntil = timeOf(valid_until)
  if (validUntil === undefined && !isNone(valid_until))
    return [{ kind: 'refused', place, reason: 'its valid_until is no time' }]
  const found = new RecordHashes(place)
  for (const { name, value } of named) found.addNamed(name, value)
  const { hashes, refused, unkept } = found
  return [
    ...refused,
    {
      kind: 'file',
      place,
      sourceId,
      hashes,
      unkept,
      tags: tagsOf(labels),
      changedAt: timeOf(modified),
      validUntil,
    },
  ]
}
