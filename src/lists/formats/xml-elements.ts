// Reads XML as a stream of elements, with a bound on everything that a document can make long or deep.
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { DamagedListError } from '../list-item.ts'

/** Levels of elements. Deeper ones cost time that grows with the square of the depth. */
const MAX_DEPTH = 16
const MAX_ATTRIBUTES = 32
/** The parser keeps a text, a comment or a tag until it ends: so it must end within this. */
const MAX_SILENT_CHARACTERS = 256 * 1024
/** It is handed this much at a time, so that it can be stopped in between. */
const SLICE_CHARACTERS = 64 * 1024

/** An element as it begins. */
export interface XmlElement {
  /** Its name without a prefix. */
  readonly name: string
  /** 0 for the document's own element. */
  readonly depth: number
  attribute(name: string): string | undefined
}

export interface XmlSink {
  open(element: XmlElement): void
  /** `text` is the text of an element without elements in it, trimmed; else ''. */
  close(name: string, depth: number, text: string): void
}

/**
 * Hands the elements of a document to `sink`. Elements of another namespace than the document's own one, and all within
 * them, are passed over. Throws a DamagedListError if the document isn't well-formed, is cut off, has a document type
 * (which is how entities expand to gigabytes, or name files), or goes beyond a bound.
 */
export class XmlElements {
  readonly #parser = new SaxesParser({ xmlns: true })
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #sink: XmlSink
  #depth = 0
  /** The depth of the outermost foreign element that is open; 0: none is. */
  #foreignFrom = 0
  #namespace: string | undefined
  #text = ''
  #isLeaf = false
  #attributes = 0
  #silent = 0

  constructor(sink: XmlSink) {
    this.#sink = sink
    const parser = this.#parser
    parser.on('doctype', () => this.#refuse('has a document type, which no list needs'))
    parser.on('opentagstart', () => {
      this.#silent = 0
      this.#attributes = 0
    })
    parser.on('attribute', () => {
      this.#silent = 0
      if (++this.#attributes > MAX_ATTRIBUTES)
        this.#refuse(`has an element with more than ${MAX_ATTRIBUTES} attributes`)
    })
    parser.on('opentag', (tag) => this.#open(tag))
    parser.on('closetag', (tag) => this.#close(tag))
    parser.on('text', (text) => this.#add(text))
    parser.on('cdata', (text) => this.#add(text))
    parser.on('comment', () => (this.#silent = 0))
    parser.on('processinginstruction', () => (this.#silent = 0))
  }

  write(bytes: Buffer): void {
    this.#parse(this.#decoded(bytes))
  }

  /** The document has ended. */
  end(): void {
    this.#parse(this.#decoded())
    this.#guarded(() => this.#parser.close())
  }

  #decoded(bytes?: Buffer): string {
    try {
      return bytes === undefined ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true })
    } catch {
      return this.#refuse('is not UTF-8')
    }
  }

  #parse(text: string): void {
    for (let from = 0; from < text.length; from += SLICE_CHARACTERS) {
      const slice = text.slice(from, from + SLICE_CHARACTERS)
      this.#silent += slice.length
      this.#guarded(() => this.#parser.write(slice))
      if (this.#silent > MAX_SILENT_CHARACTERS)
        this.#refuse(`has a text, a tag or a comment of more than ${MAX_SILENT_CHARACTERS >> 10} KiB`)
    }
  }

  #guarded(parse: () => void): void {
    try {
      parse()
    } catch (error) {
      if (error instanceof DamagedListError) throw error
      // The parser's own message quotes the document.
      this.#refuse('is not well-formed, or is cut off')
    }
  }

  #open(tag: SaxesTagNS): void {
    this.#silent = 0
    this.#text = ''
    this.#isLeaf = true
    const depth = this.#depth++
    if (depth >= MAX_DEPTH) this.#refuse(`has more than ${MAX_DEPTH} levels of elements`)
    this.#namespace ??= tag.uri
    if (this.#foreignFrom > 0) return
    if (tag.uri !== this.#namespace) this.#foreignFrom = depth
    else this.#sink.open({ name: tag.local, depth, attribute: (name) => tag.attributes[name]?.value })
  }

  #close(tag: SaxesTagNS): void {
    this.#silent = 0
    const depth = --this.#depth
    if (this.#foreignFrom === 0) this.#sink.close(tag.local, depth, this.#isLeaf ? this.#text.trim() : '')
    else if (depth === this.#foreignFrom) this.#foreignFrom = 0
    this.#text = ''
    this.#isLeaf = false
  }

  #add(text: string): void {
    this.#silent = 0
    // White space between elements, mostly.
    if (!this.#isLeaf) return
    this.#text += text
    if (this.#text.length > MAX_SILENT_CHARACTERS)
      this.#refuse(`has a text of more than ${MAX_SILENT_CHARACTERS >> 10} KiB`)
  }

  #refuse(what: string): never {
    throw new DamagedListError(
      `The XML ${what}, about line ${this.#parser.line}. Nothing of it is used: get it again, or ask who made it.`,
    )
  }
}
