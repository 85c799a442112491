// Takes the records out of a document of any length. The document itself is never held in memory: only the bytes of the
// members that are read, of the records that wait for the next parse.
import { BACKSLASH, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './bytes.ts'
import { Capture, type Parsed } from './capture.ts'
import { members, type RecordRoute, type Route } from './route.ts'
import { JsonScanner } from './scanner.ts'

/** A kept text may have this many bytes: no hash and no name comes near. */
const TEXT_MAX_BYTES = 64 * 1024
const RECORD_MAX_BYTES = 1024 * 1024
/** Every integer of fewer characters is exact as a number of JavaScript. */
const EXACT_DIGITS = 15
/** Names that differ in this many places of a record are looked up each time. */
const REMEMBERED_NAMES = 64
const NAME_MAX_BYTES = 256

const ZERO = Buffer.from('0')
const NOTHING: Buffer = Buffer.alloc(0)

export interface JsonSink {
  /** A record, parsed. Integers that JavaScript can't hold exactly are texts of their digits. */
  record(value: unknown, place: string, kind: string): void
  /** A record that can't be used. */
  refused(place: string, reason: string): void
  /** A field of the envelope. */
  field?(name: string, value: unknown): void
  /** The records that follow lie in another folder. */
  folder?(): void
}

/** What becomes of a record's member. */
type Treatment = 'keep' | 'drop' | 'folder'

/** The part that is left out: nothing, a member of a record, or the rest of a text that is too long. */
type LeftOut = 'nothing' | 'member' | 'text'

interface Remembered {
  readonly name: Buffer
  readonly treatment: Treatment
}

export class JsonSplitter extends JsonScanner {
  /** Whether there was a list (of no records, perhaps), or a record. */
  hasRecords = false
  readonly #root: Route
  readonly #sink: JsonSink
  readonly #capture: Capture
  /** The routes of the open objects and arrays by their depth. */
  readonly #routes: (Route | undefined)[] = []
  /** The routed names that each open object has had. */
  readonly #seen: (Set<string> | undefined)[] = []
  /** The route of the member whose name has just ended. */
  #next: Route | undefined
  #records = 0

  #isCapturing = false
  /** Whether the bytes from `chunk[#from]` on are to be kept. */
  #isCopying = false
  #from = 0
  #leftOut: LeftOut = 'nothing'
  /** The depth around the value that is captured. */
  #outside = 0
  /** How many bytes had been captured when the last token began. */
  #token = 0
  /** The route of the value that is captured, or of the last one. */
  #route: Route = {}
  #treatment: Treatment = 'keep'
  #nameFrom = 0
  /** The beginning of a name that began in an earlier piece. */
  #namePart = NOTHING
  /** Names by their place in a record: most records have the same names in the same order. */
  #remembered: (Remembered | undefined)[] = []
  #member = 0

  /** `maxBytes` bounds the kept bytes of a record or field. */
  constructor(root: Route, sink: JsonSink, { maxBytes = RECORD_MAX_BYTES } = {}) {
    super()
    this.#root = root
    this.#sink = sink
    this.#capture = new Capture(maxBytes, (number, parsed) => this.#hand(number, parsed))
  }

  override push(chunk: Buffer): void {
    super.push(chunk)
    if (!this.#isCapturing) this.#capture.flush()
  }

  protected override valueBegins(at: number, first: number): void {
    if (!this.#isCapturing) this.#beginEnvelopeValue(at, first)
    else if (!this.#isCopying) return
    else if (this.#treatment === 'folder' && first === OPEN_BRACKET) this.#enterFolder()
    else if (this.#treatment === 'keep' || !isLarge(first)) this.#token = this.#captured(at)
    else {
      this.#capture.append(this.chunk, this.#from, at)
      this.#capture.append(ZERO, 0, 1)
      this.#leaveOut('member')
    }
  }

  protected override valueEnds(to: number): void {
    if (!this.#isCapturing) return
    if (this.depth === this.#outside + 1) {
      this.#treatment = 'keep'
      if (this.#leftOut === 'member') this.#goOn(to)
    } else if (this.depth === this.#outside) this.#finish(to)
  }

  protected override nameBegins(at: number): void {
    this.#nameFrom = at + 1
    if (this.#namePart.length > 0) this.#namePart = NOTHING
    if (this.#isCopying) this.#token = this.#captured(at)
  }

  protected override nameEnds(at: number): void {
    if (!this.#isCapturing) {
      this.#next = this.#memberRoute(at)
      return
    }
    if (this.#leftOut === 'member') return
    this.#capture.names++
    this.stringEnds(at)
    const { record } = this.#route
    if (record && this.depth === this.#outside + 1) this.#treatment = this.#treat(record, at)
  }

  protected override stringEnds(at: number): void {
    if (this.#leftOut === 'text') this.#goOn(at + 1)
    else if (this.#isCopying && this.#captured(at + 1) - this.#token > TEXT_MAX_BYTES) {
      this.#cutText()
      this.#goOn(at + 1)
    }
  }

  protected override numberEnds(at: number, isInteger: boolean): void {
    if (!this.#isCopying || !isInteger || this.#captured(at) - this.#token <= EXACT_DIGITS) return
    this.#capture.append(this.chunk, this.#from, at)
    this.#from = at
    if (this.#capture.length - this.#token > NAME_MAX_BYTES) this.#capture.replace(this.#token)
    else this.#capture.quote(this.#token)
  }

  protected override chunkEnds(inside: 'name' | 'string' | undefined): void {
    if (inside === 'name' && this.#namePart.length <= NAME_MAX_BYTES)
      this.#namePart = Buffer.concat([this.#namePart, this.chunk.subarray(this.#nameFrom)])
    this.#nameFrom = 0
    if (!this.#isCopying) return
    this.#capture.append(this.chunk, this.#from, this.chunk.length)
    this.#from = 0
    if (inside === undefined || this.#capture.length - this.#token <= TEXT_MAX_BYTES) return
    this.#cutText()
    this.#leaveOut('text')
  }

  #beginEnvelopeValue(at: number, first: number): void {
    const { depth } = this
    let route = depth === 0 ? this.#root : this.#routes[depth]?.elements
    if (depth > 0 && this.isInObject) route = this.#next
    this.#routes[depth + 1] = undefined
    this.#seen[depth + 1] = undefined
    if (route === undefined) return
    const { field, record, elements } = route
    if (field !== undefined) this.#begin(at, route, 0)
    else if (first === OPEN_BRACE && record) {
      this.hasRecords = true
      this.#begin(at, route, ++this.#records)
    } else if (first === OPEN_BRACE) this.#routes[depth + 1] = route
    else if (first === OPEN_BRACKET && elements) {
      this.hasRecords ||= elements.record !== undefined
      this.#routes[depth + 1] = route
    } else if (first === OPEN_BRACKET && record) this.#routes[depth + 1] = { elements: route }
    else if (record && depth > 0) {
      this.#capture.flush()
      this.#sink.refused(placeOf(++this.#records), 'it is no object')
    }
  }

  /** Number 0 is a field of the envelope. */
  #begin(at: number, route: Route, number: number): void {
    if (route !== this.#route) {
      this.#capture.flush()
      this.#route = route
      this.#remembered = []
    }
    this.#capture.begin(number)
    this.#isCapturing = true
    this.#goOn(at)
    this.#outside = this.depth
    this.#token = this.#capture.length
    this.#treatment = 'keep'
    this.#member = 0
  }

  #finish(to: number): void {
    if (this.#isCopying) this.#capture.append(this.chunk, this.#from, to)
    this.#isCapturing = false
    this.#isCopying = false
    this.#leftOut = 'nothing'
    this.#capture.finish()
    if (this.#route.field !== undefined) this.#capture.flush()
  }

  #enterFolder(): void {
    const folder = this.#route.record?.folder
    if (folder === undefined) return
    this.#capture.discard()
    this.#records--
    this.#isCapturing = false
    this.#isCopying = false
    this.hasRecords = true
    const list: Route = { elements: folder.elements }
    this.#routes[this.depth] = { members: members({ [folder.name]: list }) }
    this.#seen[this.depth] = new Set([folder.name])
    this.#routes[this.depth + 1] = list
    this.#seen[this.depth + 1] = undefined
    this.#capture.flush()
    this.#sink.folder?.()
  }

  #hand(number: number, parsed: Parsed): void {
    const { field, record } = this.#route
    if (number > 0) {
      if ('fault' in parsed) this.#sink.refused(placeOf(number), parsed.fault)
      else this.#sink.record(parsed.value, placeOf(number), record?.kind ?? '')
    } else if ('fault' in parsed) throw this.damaged(0, `the field ${field} before it: ${parsed.fault}`)
    else this.#sink.field?.(field ?? '', parsed.value)
  }

  /** How many bytes will have been captured once those before `chunk[at]` are. */
  #captured(at: number): number {
    return this.#capture.length + at - this.#from
  }

  #goOn(at: number): void {
    this.#leftOut = 'nothing'
    this.#isCopying = true
    this.#from = at
  }

  #leaveOut(what: LeftOut): void {
    this.#leftOut = what
    this.#isCopying = false
  }

  /** Puts a mark in the place of the text that began with the last token. */
  #cutText(): void {
    const missing = this.#token - this.#capture.length
    this.#capture.append(this.chunk, this.#from, this.#from + missing)
    this.#capture.replace(this.#token)
  }

  #memberRoute(at: number): Route | undefined {
    const routes = this.#routes[this.depth]?.members
    if (routes === undefined) return undefined
    const name = folded(this.#name(at))
    const route = routes.get(name)
    if (route === undefined) return undefined
    const seen = (this.#seen[this.depth] ??= new Set())
    if (seen.has(name)) throw this.damaged(at, `an object has the name ${name} twice`)
    seen.add(name)
    return route
  }

  #treat(record: RecordRoute, at: number): Treatment {
    const place = this.#member++
    const remembered = this.#remembered[place]
    if (remembered && this.#isSameName(remembered.name, at)) return remembered.treatment
    const name = this.#name(at)
    const treatment = treatmentOf(record, folded(name))
    if (place < REMEMBERED_NAMES && name.length <= NAME_MAX_BYTES)
      this.#remembered[place] = { name: Buffer.from(name), treatment }
    return treatment
  }

  #isSameName(name: Buffer, end: number): boolean {
    const { chunk } = this
    const from = this.#nameFrom
    if (end - from !== name.length || this.#namePart.length > 0) return false
    for (let at = 0; at < name.length; at++) if (chunk[from + at] !== name[at]) return false
    return true
  }

  /** The bytes of the name whose last quote is at `chunk[end]`; parts of one that is too long to be read. */
  #name(end: number): Buffer {
    const name = this.chunk.subarray(this.#nameFrom, end)
    return this.#namePart.length === 0 ? name : Buffer.concat([this.#namePart, name])
  }
}

const placeOf = (number: number): string => `record ${number}`

const isLarge = (first: number): boolean => first === QUOTE || first === OPEN_BRACE || first === OPEN_BRACKET

function treatmentOf({ keep, folder }: RecordRoute, name: string): Treatment {
  if (name === folder?.name) return 'folder'
  return keep === undefined || keep.has(name) ? 'keep' : 'drop'
}

/** A name in lower case, its escapes undone; empty if it is longer than any that is read. */
function folded(name: Buffer): string {
  // Of such a name that came in several pieces, some are missing.
  if (name.length > NAME_MAX_BYTES) return ''
  const text = name.toString('utf8')
  // The scanner has found the text between the quotes well-formed.
  return (name.includes(BACKSLASH) ? String(JSON.parse(`"${text}"`)) : text).toLowerCase()
}
