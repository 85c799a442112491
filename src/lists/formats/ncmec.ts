// NCMEC hash sharing: a page of `/v2/entries`, or a file of such pages' entries. https://report.cybertip.org/hashsharing/v2/documentation
import { sha256Hex } from '../../contract/json.ts'
import { DamagedListError, type ListItem } from '../list-item.ts'
import { codeOf, shortTextOf, sourceIdOf, timeOf } from './field-values.ts'
import { listedTypeOf } from './listed-hash.ts'
import { RecordHashes } from './record-hashes.ts'
import { XmlElements, type XmlElement, type XmlSink } from './xml-elements.ts'
import { unkeptKind } from './unkept-kind.ts'

/** What a page says beside its entries. */
export interface NcmecPaging {
  /** Where the next page is, relative to the base. It holds for the same range only. */
  readonly next?: string
  /** The newest of the `maxTimestamp`s of its lists. A list without entries has none. */
  readonly maxTimestamp?: string
}

interface NcmecOptions {
  /** Gets it once, after the whole page has been read. */
  readonly onPaging?: ((paging: NcmecPaging) => void) | undefined
}

const TAGS_MAX = 16

/** The elements that are entries: whether the file is still listed, and its kind as a tag. */
const ENTRIES: Readonly<Record<string, { readonly isLive: boolean; readonly tag: string }>> = {
  image: { isLive: true, tag: 'media:image' },
  video: { isLive: true, tag: 'media:video' },
  deletedImage: { isLive: false, tag: 'media:image' },
  deletedVideo: { isLive: false, tag: 'media:video' },
}
const LISTS = new Set(['images', 'videos'])

/** Reads the entries. A tombstone withdraws the file; a live entry replaces all that was said of it before. */
export async function* readNcmec(
  text: AsyncIterable<Buffer>,
  { onPaging }: NcmecOptions = {},
): AsyncGenerator<readonly ListItem[]> {
  const page = new NcmecPage()
  const elements = new XmlElements(page)
  for await (const chunk of text) {
    elements.write(chunk)
    const items = page.take()
    if (items.length > 0) yield items
  }
  elements.end()
  onPaging?.(page.paging)
}

/** Makes items of the elements of a page. */
class NcmecPage implements XmlSink {
  #items: ListItem[] = []
  #records = 0
  #entry: { readonly reader: EntryReader; readonly depth: number } | undefined
  #next: string | undefined
  #maxTimestamp: string | undefined

  take(): readonly ListItem[] {
    const items = this.#items
    this.#items = []
    return items
  }

  get paging(): NcmecPaging {
    return {
      ...(this.#next ? { next: this.#next } : {}),
      ...(this.#maxTimestamp === undefined ? {} : { maxTimestamp: this.#maxTimestamp }),
    }
  }

  open(element: XmlElement): void {
    const { name, depth } = element
    if (depth === 0 && name !== 'queryResult')
      throw new DamagedListError(
        'The XML is no list of NCMEC: its first element is not `queryResult`. Get the answer of /v2/entries.',
      )
    if (this.#entry) this.#entry.reader.open(element, depth - this.#entry.depth)
    else if (depth === 1 && LISTS.has(name)) this.#takeTimestamp(element.attribute('maxTimestamp'))
    else if (depth === 2 && Object.hasOwn(ENTRIES, name)) {
      const place = `record ${++this.#records}`
      this.#entry = { reader: new EntryReader(place, ENTRIES[name]), depth }
    }
  }

  close(name: string, depth: number, text: string): void {
    if (this.#entry === undefined) {
      if (name === 'next' && depth === 2) this.#next = text
      return
    }
    const { reader, depth: top } = this.#entry
    if (depth > top) return reader.close(name, depth - top, text)
    this.#items.push(...reader.items())
    this.#entry = undefined
  }

  #takeTimestamp(printed: string | undefined): void {
    if (printed === undefined) return
    if (timeOf(printed) === undefined)
      throw new DamagedListError('The page has a `maxTimestamp` that is no time. Get it again.')
    // Both are in UTC and of one form.
    if (this.#maxTimestamp === undefined || printed > this.#maxTimestamp) this.#maxTimestamp = printed
  }
}

/** One entry. Depth 1 are its own elements. */
class EntryReader {
  readonly #place: string
  readonly #kind: { readonly isLive: boolean; readonly tag: string }
  readonly #found: RecordHashes
  readonly #tags = new Set<string>()
  readonly #large: string[] = []
  #isLarge = false
  #hasFingerprints = false
  #part = ''
  #member: string | undefined
  #id: string | undefined
  #code: string | undefined
  /** Of another instance of hashwarden, which shares lists of several schemes. */
  #scheme: string | undefined
  #timestamp: string | undefined
  /** The votes of one element of feedback: the members that gave them, by reason; '' for an approval. */
  #votes: { readonly title: string; readonly byReason: Map<string, Set<string>> } | undefined
  #reason = ''

  constructor(place: string, kind: { readonly isLive: boolean; readonly tag: string }) {
    this.#place = place
    this.#kind = kind
    this.#found = new RecordHashes(place)
    this.#tags.add(kind.tag)
  }

  open(element: XmlElement, depth: number): void {
    const { name } = element
    if (depth === 1) {
      this.#part = name
      if (name === 'member') this.#member ??= element.attribute('id')?.trim()
      else if (name === 'fingerprints') this.#hasFingerprints = true
      else if (name === 'classification') this.#scheme = schemeOf(element.attribute('scheme'))
    } else if (this.#part === 'fingerprints' && depth === 2) {
      this.#isLarge = element.attribute('href') !== undefined
      if (this.#isLarge) this.#large.push(name)
    } else if (this.#part === 'feedback') this.#openFeedback(element, depth)
    else if (this.#part === 'categorizations' && name === 'categorization')
      this.#tag(element.attribute('name'))
  }

  close(name: string, depth: number, text: string): void {
    if (depth === 1) this.#closeOwn(name, text)
    else if (this.#part === 'fingerprints' && depth === 2 && !this.#isLarge) this.#found.addNamed(name, text)
    else if (this.#part === 'feedback' && depth === 2) this.#closeFeedback()
  }

  #closeOwn(name: string, text: string): void {
    if (name === 'id') this.#id ??= text
    else if (name === 'classification') this.#code ??= text || undefined
    else if (name === 'timestamp') this.#timestamp ??= timeOf(text)
    this.#part = ''
  }

  #openFeedback(element: XmlElement, depth: number): void {
    const { name } = element
    if (depth === 2) {
      const type = listedTypeOf(element.attribute('type') ?? '') ?? 'unknown'
      this.#votes = { title: `${name.replace(/Feedback$/, '')}:${type}`, byReason: new Map() }
      this.#reason = ''
      return
    }
    // A reason belongs to the members after it.
    if (name === 'reason') this.#reason = shortTextOf(element.attribute('name')) ?? ''
    else if (name === 'member') {
      const members = this.#votes?.byReason.get(this.#reason) ?? new Set()
      members.add(element.attribute('id') ?? '')
      this.#votes?.byReason.set(this.#reason, members)
    }
  }

  /** `affirmative:md5:2` or `negative:sha1:1:Not in scope`: how many members, and why. Not which ones. */
  #closeFeedback(): void {
    if (!this.#votes) return
    const { title, byReason } = this.#votes
    for (const [reason, members] of byReason)
      this.#tag(`${title}:${members.size}${reason === '' ? '' : `:${reason}`}`)
    this.#votes = undefined
  }

  #tag(text: string | undefined): void {
    const tag = shortTextOf(text)
    if (tag !== undefined && this.#tags.size < TAGS_MAX) this.#tags.add(tag)
  }

  items(): readonly ListItem[] {
    const place = this.#place
    const sourceId = entryId(this.#member, this.#id)
    if (sourceId === undefined)
      return [{ kind: 'refused', place, reason: 'it has no id of its own, or no member by number' }]
    const changedAt = this.#timestamp
    if (!this.#kind.isLive)
      return [{ kind: 'withdrawal', place, sourceId, ...(changedAt ? { changedAt } : {}) }]
    // Without the element it would seem to have lost all of its hashes.
    if (!this.#hasFingerprints)
      return [{ kind: 'refused', place, sourceId, reason: 'it has no fingerprints' }]
    const code = codeOf(this.#code)
    if (code === null)
      return [{ kind: 'refused', place, sourceId, reason: 'its classification can be no code' }]
    const { hashes, unread, unkept = [] } = this.#found
    return [
      {
        kind: 'file',
        place,
        sourceId,
        hashes,
        code,
        scheme: this.#scheme,
        tags: [...this.#tags],
        changedAt,
        unkept: [...unkept, ...this.#large.map(unkeptKind)],
        unread,
      },
      ...this.#found.refusedOf(sourceId),
    ]
  }
}

const schemeOf = (name: string | undefined): string | undefined =>
  name !== undefined && /^[A-Za-z0-9._-]{1,16}$/.test(name) ? name : undefined

/**
 * An id is the member's own: it is unique together with the member. One that is too long for an entry, or has a line break
 * in it, is known by its digest, so that it is matched and withdrawn all the same.
 */
function entryId(member: string | undefined, id: string | undefined): string | undefined {
  if (member === undefined || !/^\d{1,20}$/.test(member) || !id) return undefined
  return sourceIdOf(`${member}/${id}`) ?? `${member}/#${sha256Hex(id).slice(0, 40)}`
}
