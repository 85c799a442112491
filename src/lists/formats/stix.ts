// STIX 2.1: bundles of objects. Indicators whose patterns name hashes of files, and nothing else, give entries.
// https://docs.oasis-open.org/cti/stix/v2.1/
import type { ListItem, ReadItems } from '../list-item.ts'
import { flagOf, sourceIdOf, tagsOf, timeOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import { members, type Route } from './json/route.ts'
import { isNone, RecordHashes } from './record-hashes.ts'
import { hashesOfPattern } from './stix-pattern.ts'
import { unkeptKind } from './unkept-kind.ts'

const LIST: Route = {
  elements: {
    record: {
      kind: 'object',
      keep: new Set([
        'id',
        'type',
        'pattern',
        'pattern_type',
        'indicator_types',
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

/** Types of indicators that speak for a file, or of no file. Whatever else such an indicator is, it is no match. */
const HARMLESS = ['benign', 'anonymization'] as const

/** Words in lower case; undefined if they are no list of words. */
function wordsOf(value: unknown): readonly string[] | undefined {
  if (isNone(value)) return []
  const list: unknown = typeof value === 'string' ? value.split(/[,;]/) : value
  if (!Array.isArray(list) || !list.every((word): word is string => typeof word === 'string'))
    return undefined
  return list.map((word) => word.trim().toLowerCase())
}

function objectItems(record: unknown, place: string): readonly ListItem[] {
  const { id, type, pattern, pattern_type, indicator_types, revoked, valid_until, modified, labels } =
    ownFields(record)
  // An object `file` says that a file was seen, and not what was found of it.
  if (type !== 'indicator') return [{ kind: 'passed-over', place, why: `object ${unkeptKind(type)}` }]
  const sourceId = sourceIdOf(id)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: 'it has no id that can be used' }]
  const isRevoked = isNone(revoked) ? false : flagOf(revoked)
  if (isRevoked === undefined)
    return [{ kind: 'refused', place, sourceId, reason: 'its field `revoked` is neither true nor false' }]
  const changedAt = timeOf(modified)
  const withdrawal: ListItem = { kind: 'withdrawal', place, sourceId, changedAt }
  if (isRevoked) return [withdrawal]
  const types = wordsOf(indicator_types)
  if (types === undefined)
    return [{ kind: 'refused', place, sourceId, reason: 'its indicator_types are no list of words' }]
  // STIX 2.0 has the types among its labels.
  const words = wordsOf(labels)
  if (words === undefined)
    return [{ kind: 'refused', place, sourceId, reason: 'its labels are no list of words' }]
  const harmless = HARMLESS.find((word) => types.includes(word) || words.includes(word))
  if (harmless !== undefined)
    return [withdrawal, { kind: 'passed-over', place, why: `indicator of type ${harmless}` }]
  const isStix = isNone(pattern_type) || pattern_type === 'stix'
  const named = isStix && typeof pattern === 'string' ? hashesOfPattern(pattern) : undefined
  if (named === undefined)
    return [withdrawal, { kind: 'passed-over', place, why: 'pattern of other things than hashes of files' }]
  const validUntil = timeOf(valid_until)
  if (validUntil === undefined && !isNone(valid_until))
    return [{ kind: 'refused', place, sourceId, reason: 'its valid_until is no time' }]
  const found = new RecordHashes(place)
  for (const { name, value } of named) found.addNamed(name, value)
  const { hashes, unread, unkept } = found
  return [
    {
      kind: 'file',
      place,
      sourceId,
      hashes,
      unkept,
      unread,
      tags: tagsOf(labels),
      changedAt,
      validUntil,
    },
    ...found.refusedOf(sourceId),
  ]
}
