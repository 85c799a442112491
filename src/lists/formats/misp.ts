// MISP: events with attributes and objects. Only values that are certainly hashes of a listed file give entries.
// https://www.misp-project.org/datamodels/
import type { ListItem, ReadItems } from '../list-item.ts'
import { flagOf, secondsTimeOf, sourceIdOf, tagsOf } from './field-values.ts'
import { jsonReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import { members, type Route } from './json/route.ts'
import { isNone, RecordHashes } from './record-hashes.ts'
import { unkeptKind } from './unkept-kind.ts'

const ATTRIBUTES: Route = {
  elements: {
    record: {
      kind: 'attribute',
      keep: new Set(['uuid', 'id', 'type', 'value', 'to_ids', 'deleted', 'timestamp', 'tag']),
    },
  },
}
const OBJECTS: Route = {
  elements: {
    record: {
      kind: 'object',
      keep: new Set(['uuid', 'id', 'name', 'deleted', 'timestamp', 'attribute']),
    },
  },
}

/** Of an event, and of an answer to a search for attributes. */
const IN_EVENT = { attribute: ATTRIBUTES, object: OBJECTS }
const EVENT = members(IN_EVENT)
const WITH_EVENT = members({ ...IN_EVENT, event: { members: EVENT } })
const EVENTS: Route = { members: WITH_EVENT, elements: { members: WITH_EVENT } }

export const readMisp: ReadItems = jsonReader({
  route: { ...EVENTS, members: members({ ...IN_EVENT, event: { members: EVENT }, response: EVENTS }) },
  records: '`Event` with `Attribute` or `Object`, alone or in `response`',
  mapper: () => ({
    record: (record, place, kind) =>
      kind === 'object' ? objectItems(record, place) : attributeItems(record, place),
  }),
})

const NO_ID = 'it has neither a uuid nor an id that can be used'
const NO_FLAG = 'its field `deleted` is neither true nor false'

const idOf = ({ uuid, id }: Readonly<Record<string, unknown>>): string | undefined =>
  sourceIdOf(uuid) ?? sourceIdOf(id)

function attributeItems(record: unknown, place: string): readonly ListItem[] {
  const fields = ownFields(record)
  const { type, value, timestamp } = fields
  const name = hashNameOf(type)
  if (name === undefined) return [{ kind: 'passed-over', place, why: `attribute ${unkeptKind(type)}` }]
  const sourceId = idOf(fields)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: NO_ID }]
  const isDeleted = deletedOf(fields)
  if (isDeleted === undefined) return [{ kind: 'refused', place, sourceId, reason: NO_FLAG }]
  const changedAt = secondsTimeOf(timestamp)
  const withdrawal: ListItem = { kind: 'withdrawal', place, sourceId, changedAt }
  if (isDeleted) return [withdrawal]
  if (!isListed(fields)) return [withdrawal, { kind: 'passed-over', place, why: 'attribute without to_ids' }]
  const found = new RecordHashes(place)
  found.addNamed(name, hashPartOf(value))
  const { hashes, refused, unkept } = found
  if (refused.length > 0) return found.refusedOf(sourceId)
  return [{ kind: 'file', place, sourceId, hashes, unkept, tags: tagNamesOf(fields), changedAt }]
}

/** An object `file` is one file, whose attributes are its hashes. In others a hash may be that of a part. */
function objectItems(record: unknown, place: string): readonly ListItem[] {
  const fields = ownFields(record)
  const { name, Attribute: attributes, timestamp } = fields
  if (name !== 'file') return [{ kind: 'passed-over', place, why: `object ${unkeptKind(name)}` }]
  const sourceId = idOf(fields)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: NO_ID }]
  const isDeleted = deletedOf(fields)
  if (isDeleted === undefined) return [{ kind: 'refused', place, sourceId, reason: NO_FLAG }]
  const changedAt = secondsTimeOf(timestamp)
  if (isDeleted) return [{ kind: 'withdrawal', place, sourceId, changedAt }]
  // Without them it would seem to have lost all of its hashes.
  if (!Array.isArray(attributes))
    return [{ kind: 'refused', place, sourceId, reason: 'it has no attributes: export them too' }]
  const found = new RecordHashes(place)
  const tags: string[] = []
  for (const element of attributes) {
    const attribute = ownFields(element)
    // It may be one of the hashes.
    if (typeof attribute['type'] !== 'string') found.refuse('one of its attributes has no type')
    const hashName = hashNameOf(attribute['type'])
    if (hashName === undefined || !isListed(attribute)) continue
    const isGone = deletedOf(attribute)
    if (isGone === undefined) found.refuse(NO_FLAG)
    else if (!isGone) {
      found.addNamed(hashName, hashPartOf(attribute['value']))
      tags.push(...(tagNamesOf(attribute) ?? []))
    }
  }
  const { hashes, unread, unkept } = found
  return [
    { kind: 'file', place, sourceId, hashes, unkept, unread, tags: tagsOf(tags), changedAt },
    ...found.refusedOf(sourceId),
  ]
}

/** md5, sha1, … and filename|md5, filename|sha1, …: the name of the hash. */
const HASH_TYPE = /^(?:filename\|)?(md5|sha1|sha224|sha256|sha384|sha512(?:\/\d+)?)$/

const hashNameOf = (type: unknown): string | undefined =>
  typeof type === 'string' ? HASH_TYPE.exec(type)?.[1] : undefined

/** The hash stands after the last bar: a name of a file may hold bars. */
const hashPartOf = (value: unknown): unknown =>
  typeof value === 'string' ? value.slice(value.lastIndexOf('|') + 1) : value

/** undefined: it can't be read, and the record may be gone. */
const deletedOf = ({ deleted }: Readonly<Record<string, unknown>>): boolean | undefined =>
  isNone(deleted) ? false : flagOf(deleted)

/** Whether the authors meant the value for detection. */
const isListed = ({ to_ids }: Readonly<Record<string, unknown>>): boolean => flagOf(to_ids) === true

function tagNamesOf({ Tag: tags }: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  return Array.isArray(tags) ? tagsOf(tags.map((tag: unknown) => ownFields(tag)['name'])) : undefined
}
