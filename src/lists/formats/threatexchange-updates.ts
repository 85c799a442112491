// ThreatExchange: a page of /threat_updates, or such records in a file. Its CSV is a format of its own.
// https://developers.facebook.com/docs/threat-exchange/reference/apis/threat-updates/
import type { ListItem, ReadItems } from '../list-item.ts'
import { flagOf, secondsTimeOf, sourceIdOf, tagsOf, timeOf } from './field-values.ts'
import { recordReader } from './json/json-reader.ts'
import { ownFields } from './json/own-fields.ts'
import { members, type Route } from './json/route.ts'
import { bareId, listedTypeOf } from './listed-hash.ts'
import { isNone, RecordHashes } from './record-hashes.ts'
import { unkeptKind } from './unkept-kind.ts'

const LIST: Route = {
  elements: {
    record: {
      kind: 'indicator',
      keep: new Set(['indicator', 'type', 'last_updated', 'should_delete', 'descriptors']),
    },
  },
}

/**
 * The items of one parsed record, which replaces an earlier one of the same type and indicator. A record without
 * descriptors says that no opinion is left, as one with should_delete does.
 */
export function threatExchangeItems(record: unknown, place: string): readonly ListItem[] {
  const { indicator, type: name, should_delete, last_updated, descriptors } = ownFields(record)
  const words = typeof name === 'string' ? name : ''
  if (words === '') return [{ kind: 'refused', place, reason: 'it has no type' }]
  const type = words.startsWith('HASH_') ? listedTypeOf(words.slice('HASH_'.length)) : undefined
  if (type === undefined)
    return [{ kind: 'passed-over', place, why: `type ${unkeptKind(words)}, which is no hash that is known` }]

  const found = new RecordHashes(place)
  found.add(type, indicator)
  const { hashes } = found
  const [hash] = hashes
  if (hash === undefined) {
    if (found.unkept) return [{ kind: 'passed-over', place, why: found.unkept.join(', ') }]
    return found.refused.length > 0
      ? found.refused
      : [{ kind: 'refused', place, reason: 'it has no indicator' }]
  }
  const sourceId = bareId(hash)
  const identity = { place, sourceId, isBare: true, hashes }
  const changedAt = secondsTimeOf(last_updated) ?? timeOf(last_updated)
  const withdrawal: ListItem = { kind: 'withdrawal', ...identity, changedAt }
  const isGone = isNone(should_delete) ? false : flagOf(should_delete)
  if (isGone === undefined)
    return [
      { kind: 'refused', place, sourceId, reason: 'its field `should_delete` is neither true nor false' },
    ]
  if (isGone) return [withdrawal]
  const opinions = opinionsOf(descriptors)
  if (typeof opinions === 'string') return [{ kind: 'refused', place, sourceId, reason: opinions }]
  const { codes, tags } = opinions
  if (codes.size === 0) return [withdrawal]
  if (codes.has(NEGATIVE)) {
    const why = codes.size > 1 ? 'opinion DISPUTED' : `opinion ${NEGATIVE}`
    return [withdrawal, { kind: 'passed-over', place, why }]
  }
  const code = codes.has(POSITIVE) ? POSITIVE : SEED
  return [{ kind: 'file', ...identity, code, tags: tagsOf([...tags]), changedAt }]
}

export const readThreatExchangeUpdates: ReadItems = recordReader(
  { members: members({ data: LIST }), ...LIST },
  '`data`, an array, or an array of such records',
  threatExchangeItems,
)

const POSITIVE = 'POSITIVE_CLASS'
const SEED = 'INVESTIGATION_SEED'
const NEGATIVE = 'NEGATIVE_CLASS'
type Opinion = typeof POSITIVE | typeof SEED | typeof NEGATIVE

/** The opinions of all owners, or why they can't be read. An owner's own descriptor outweighs its reactions. */
function opinionsOf(
  descriptors: unknown,
): { readonly codes: ReadonlySet<Opinion>; readonly tags: ReadonlySet<string> } | string {
  const list = Array.isArray(descriptors) ? descriptors : ownFields(descriptors)['data']
  const byOwner = new Map<string, Opinion>()
  const byReaction = new Map<string, Opinion>()
  const tags = new Set<string>()
  if (list === undefined) return { codes: new Set(), tags }
  if (!Array.isArray(list)) return 'its descriptors are no list'
  for (const [at, element] of list.entries()) {
    const { owner, status, tags: words, reactions } = ownFields(element)
    const { id } = ownFields(owner)
    const opinion = opinionOf(status)
    if (opinion === undefined) return 'the status of a descriptor is none that is known'
    const by = sourceIdOf(id) ?? `without an id ${at}`
    // Descriptors come in no order: an owner's "no" stays.
    if (byOwner.get(by) !== NEGATIVE) byOwner.set(by, opinion)
    for (const tag of wordsOf(words)) tags.add(tag)
    if (!addReactions(reactions, byReaction)) return 'the reactions to a descriptor are no list'
  }
  for (const [owner, opinion] of byReaction) if (!byOwner.has(owner)) byOwner.set(owner, opinion)
  return { codes: new Set(byOwner.values()), tags }
}

const OPINIONS: Readonly<Record<string, Opinion>> = {
  MALICIOUS: POSITIVE,
  NON_MALICIOUS: NEGATIVE,
  SUSPICIOUS: SEED,
  UNKNOWN: SEED,
}

/** undefined: no status, or one that may be a "no". */
const opinionOf = (status: unknown): Opinion | undefined =>
  typeof status === 'string' && Object.hasOwn(OPINIONS, status) ? OPINIONS[status] : undefined

/** Tags: an array of texts, or of objects with a text. */
function wordsOf(tags: unknown): readonly string[] {
  const list = Array.isArray(tags) ? tags : ownFields(tags)['data']
  if (!Array.isArray(list)) return []
  return list
    .map((tag: unknown) => (typeof tag === 'string' ? tag : ownFields(tag)['text']))
    .filter((word) => typeof word === 'string')
}

/** Reactions: {key, value: 'owner,owner'}. false: they can't be read, and one of them may be a "no". */
function addReactions(reactions: unknown, opinions: Map<string, Opinion>): boolean {
  if (reactions === undefined || reactions === null) return true
  const list = Array.isArray(reactions) ? reactions : ownFields(reactions)['data']
  if (!Array.isArray(list)) return false
  for (const element of list) {
    const { key, value } = ownFields(element)
    if (key !== 'HELPFUL' && key !== 'DISAGREE_WITH_TAGS') continue
    if (typeof value !== 'string') return false
    for (const owner of value.split(',')) {
      if (key === 'HELPFUL') opinions.set(owner.trim(), POSITIVE)
      else if (!opinions.has(owner.trim())) opinions.set(owner.trim(), NEGATIVE)
    }
  }
  return true
}
