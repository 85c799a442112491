// VICS 1.2, 1.3 and 2.0: the form in which Project VIC and the tools of law enforcement exchange media of cases.
// https://github.com/ICMEC/ProjectVic, https://github.com/VICSDATAMODEL/ProjectVic
import { DamagedListError, type ListItem, type ReadItems } from '../list-item.ts'
import { codeOf, flagOf, shortTextOf, sourceIdOf, tagsOf, timeOf } from './field-values.ts'
import { jsonReader, type DocumentMapper } from './json/json-reader.ts'
import { members, type Route } from './json/route.ts'
import { bareId } from './listed-hash.ts'
import { isNone, RecordHashes } from './record-hashes.ts'

/** The members that are read. Everything else holds content, names and places of files, or counts that are wrong. */
const FIELDS = [
  'mediaid',
  'category',
  'md5',
  'sha1',
  'sha256',
  'photodna',
  'alternativehashes',
  'dateupdated',
  'victimidentified',
  'series',
  'tags',
  'caseid',
] as const
type Field = (typeof FIELDS)[number]

const MEDIA = { kind: 'media', keep: new Set<string>(FIELDS) }
const CONTEXT: Route = { field: 'context' }

const ROUTE: Route = {
  members: members({
    '@odata.context': CONTEXT,
    'odata.context': CONTEXT,
    'odata.metadata': CONTEXT,
    '@odata.metadata': CONTEXT,
    // Either media or, in a document of cases, folders with them. Which of them is said in a field that may come last.
    value: { elements: { record: { ...MEDIA, folder: { name: 'media', elements: { record: MEDIA } } } } },
  }),
}

/**
 * Reads VICS. The scheme of its categories is an item of its own, because the field that names it may come last.
 * A record's sourceId is its MediaID. From the second case of a document on, the case's number is added to it: tools count
 * the media of each case from 1.
 */
export const readVics: ReadItems = jsonReader({
  route: ROUTE,
  records: '`value`, an array of media or of cases',
  mapper: () => new VicsDocument(),
})

class VicsDocument implements DocumentMapper {
  #context: string | undefined
  #cases = 0

  record(record: unknown, place: string): readonly ListItem[] {
    const fields = fieldsOf(record)
    if (fields === undefined)
      return [{ kind: 'refused', place, reason: 'a name is there twice, once in another case' }]
    if (fields.caseid !== undefined && fields.mediaid === undefined)
      return [{ kind: 'passed-over', place, why: 'case without media' }]
    return mediaItems(fields, place, this.#cases)
  }

  folder(): void {
    this.#cases++
  }

  field(_name: string, value: unknown): readonly ListItem[] {
    if (typeof value !== 'string' || value === this.#context) return []
    if (this.#context !== undefined)
      throw new DamagedListError('The text has two contexts that differ, so that its scheme is not certain')
    this.#context = value
    const scheme = schemeOf(value)
    return scheme === undefined ? [] : [{ kind: 'scheme', place: 'the context', scheme }]
  }
}

/** …/DataModels/2.0.xml/US/$metadata#Media: the scheme is US. Versions 1.2 and 1.3 name none. */
const SCHEME = /\/\d+\.\d+\.xml\/([A-Za-z0-9._-]{1,16})\/\$metadata#/

const schemeOf = (context: string): string | undefined => SCHEME.exec(context)?.[1]

type Fields = Partial<Record<Field, unknown>>

const IS_FIELD: ReadonlySet<string> = MEDIA.keep
/** The fields by their names as tools write them. Bounded: a document can't fill it with other spellings. */
const fieldsByName = new Map<string, Field>()
const SPELLINGS_MAX = 200

const isField = (name: string): name is Field => IS_FIELD.has(name)

function fieldOf(name: string): Field | undefined {
  const found = fieldsByName.get(name)
  if (found !== undefined) return found
  const lower = name.toLowerCase()
  if (!isField(lower)) return undefined
  if (fieldsByName.size < SPELLINGS_MAX) fieldsByName.set(name, lower)
  return lower
}

/** The members that are read; undefined if one is there twice, which JSON can't see where its case differs. */
function fieldsOf(record: unknown): Fields | undefined {
  const fields: Fields = {}
  // The splitter gives objects only, and any object can be read by the names that it has.
  const byName = record as Readonly<Record<string, unknown>>
  for (const name of Object.keys(byName)) {
    const field = fieldOf(name)
    if (field === undefined) continue
    if (fields[field] !== undefined) return undefined
    fields[field] = byName[name]
  }
  return fields
}

const BAD_ID =
  'its MediaID can be no id: an integer, or a text of at most 64 bytes without control characters, is one'
const NO_ID = 'it has neither a MediaID nor a hash that can be used'

function mediaItems(fields: Fields, place: string, caseNumber: number): readonly ListItem[] {
  const found = new RecordHashes(place)
  found.add('md5', fields.md5)
  found.add('sha1', fields.sha1)
  found.add('sha256', fields.sha256)
  found.add('photodna', fields.photodna)
  addAlternatives(found, fields.alternativehashes)

  const { mediaid } = fields
  const isBare = isNone(mediaid)
  const [first] = found.hashes
  if (isBare && first === undefined) return [...found.refused, { kind: 'refused', place, reason: NO_ID }]
  const sourceId = isBare ? bareId(first) : idOf(mediaid, caseNumber)
  if (sourceId === undefined) return [{ kind: 'refused', place, reason: BAD_ID }]
  const code = codeOf(fields.category)
  if (code === null)
    return [
      { kind: 'refused', place, sourceId, reason: 'its Category is no code of a scheme' },
      ...found.refusedOf(sourceId, isBare),
    ]
  const file: ListItem = {
    kind: 'file',
    place,
    sourceId,
    isBare: isBare || undefined,
    hashes: found.hashes,
    code,
    series: shortTextOf(fields.series),
    victimIdentified: flagOf(fields.victimidentified),
    tags: tagsOf(fields.tags),
    changedAt: timeOf(fields.dateupdated),
    unkept: found.unkept,
    unread: found.unread,
  }
  return [file, ...found.refusedOf(sourceId, isBare)]
}

function idOf(mediaId: unknown, caseNumber: number): string | undefined {
  const id = sourceIdOf(mediaId)
  return id === undefined || caseNumber <= 1 ? id : sourceIdOf(`${id}#${caseNumber}`)
}

/** AlternativeHashes: pairs of HashName and HashValue in any order and case, in arrays however deep, or values by names. */
function addAlternatives(found: RecordHashes, value: unknown): void {
  if (Array.isArray(value)) {
    for (const element of value) addAlternatives(found, element)
    return
  }
  if (isNone(value)) return
  if (typeof value !== 'object') {
    found.refuse('its AlternativeHashes hold something else than hashes')
    return
  }
  const pair: { hashname?: unknown; hashvalue?: unknown } = {}
  let isPair = false
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value)
  for (const [name, field] of entries) {
    const lower = name.toLowerCase()
    if (lower !== 'hashname' && lower !== 'hashvalue') continue
    if (pair[lower] !== undefined) {
      found.refuse('one of its AlternativeHashes has a name twice, once in another case')
      return
    }
    pair[lower] = field
    isPair = true
  }
  if (isPair) found.addNamed(pair.hashname, pair.hashvalue)
  else for (const [name, field] of entries) found.addNamed(name, field)
}
