// Tech Against Terrorism: the hash list of its Terrorist Content Analytics Platform, a page of it or records in a file.
import type { ListItem, ReadItems } from '../list-item.ts'
import { flagOf, secondsTimeOf, shortTextOf, sourceIdOf, timeOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import { members, type Route } from './json/route.ts'
import { isNone, RecordHashes } from './record-hashes.ts'

const LIST: Route = {
  elements: {
    record: {
      kind: 'hash',
      keep: new Set(['id', 'hash_digest', 'algorithm', 'ideology', 'deleted', 'updated_on', 'created_on']),
    },
  },
}

/** The items of one parsed record. Fields that it doesn't know are passed over. */
export function tatItems(record: unknown, place: string): readonly ListItem[] {
  const { id, hash_digest, algorithm, ideology, deleted, updated_on, created_on } = ownFields(record)
  const sourceId = sourceIdOf(id)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: 'it has no id that can be used' }]
  const isDeleted = flagOf(deleted)
  const changedAt = momentOf(updated_on) ?? momentOf(created_on)
  if (isDeleted) return [{ kind: 'withdrawal', place, sourceId, changedAt }]
  if (isDeleted === undefined && !isNone(deleted))
    return [{ kind: 'refused', place, sourceId, reason: 'its field `deleted` is neither true nor false' }]

  // Without them it would seem to have lost its hash.
  if (isNone(algorithm) || isNone(hash_digest))
    return [{ kind: 'refused', place, sourceId, reason: 'it has no algorithm, or no hash_digest' }]
  const found = new RecordHashes(place)
  found.addNamed(algorithm, hash_digest)
  const { hashes, unkept, refused } = found
  if (refused.length > 0) return found.refusedOf(sourceId)
  const word = shortTextOf(ideology)
  return [
    {
      kind: 'file',
      place,
      sourceId,
      hashes,
      tags: word === undefined ? undefined : [word],
      changedAt,
      unkept,
    },
  ]
}

const momentOf = (value: unknown): string | undefined => secondsTimeOf(value) ?? timeOf(value)

export const readTat: ReadItems = recordReader(
  { members: members({ results: LIST }), ...LIST },
  '`results`, an array, or an array of such records',
  tatItems,
)
