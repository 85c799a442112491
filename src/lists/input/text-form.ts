// The forms of files by their first bytes: text in some encoding, packed text, and what can't be read.
import type { Duplex } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** A file that unpacks as a stream. */
export interface Packed {
  readonly kind: 'packed'
  readonly name: string
  readonly unpack: () => Duplex
}

export type Form =
  | Packed
  | { readonly kind: 'zip' }
  | {
      readonly kind: 'text'
      readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
      /** Length of the byte order mark. */
      readonly markBytes: number
    }
  | { readonly kind: 'other'; readonly what: string; readonly remedy: string }

/** The first bytes, up to this number, tell the form of a file. */
export const HEAD_BYTES = 4

/** A zero byte among the first 4,096 bytes of the first chunk shows that a file is no text. */
const BINARY_BYTES = 4096

const piped = (unpack: string): string =>
  `unpack it and pipe it in: \`${unpack} FILE | hashwarden …\`, with - as the file`

/** The forms by their first bytes. The first that fits counts. */
const FORMS: readonly (readonly [head: readonly number[], form: Form])[] = [
  [[0x1f, 0x8b], { kind: 'packed', name: 'gzip', unpack: () => createGunzip() }],
  [[0x28, 0xb5, 0x2f, 0xfd], { kind: 'packed', name: 'zstd', unpack: () => createZstdDecompress() }],
  [[0x50, 0x4b, 0x03, 0x04], { kind: 'zip' }],
  [[0x50, 0x4b, 0x05, 0x06], { kind: 'other', what: 'an empty zip file', remedy: 'get the file again' }],
  [[0x42, 0x5a, 0x68], { kind: 'other', what: 'packed with bzip2', remedy: piped('bzip2 -dc') }],
  [[0xfd, 0x37, 0x7a, 0x58], { kind: 'other', what: 'packed with xz', remedy: piped('xz -dc') }],
  [[0x37, 0x7a, 0xbc, 0xaf], { kind: 'other', what: 'a 7z file', remedy: piped('7z x -so') }],
  [[0x52, 0x61, 0x72, 0x21], { kind: 'other', what: 'a RAR file', remedy: piped('unrar p -inul') }],
  [
    [...Buffer.from('SQLi')],
    { kind: 'other', what: 'a SQLite database', remedy: 'export its table as CSV, and import that' },
  ],
  [[...Buffer.from('%PDF')], { kind: 'other', what: 'a PDF', remedy: 'ask its source for the list as text' }],
  [
    [0xd0, 0xcf, 0x11, 0xe0],
    {
      kind: 'other',
      what: 'a file of an older Excel or Word',
      remedy: 'save its table as CSV, and import that',
    },
  ],
  [[0xff, 0xfe, 0, 0], { kind: 'other', what: 'UTF-32', remedy: 'save it as UTF-8' }],
  [[0, 0, 0xfe, 0xff], { kind: 'other', what: 'UTF-32', remedy: 'save it as UTF-8' }],
  [[0xef, 0xbb, 0xbf], { kind: 'text', encoding: 'utf-8', markBytes: 3 }],
  [[0xff, 0xfe], { kind: 'text', encoding: 'utf-16le', markBytes: 2 }],
  [[0xfe, 0xff], { kind: 'text', encoding: 'utf-16be', markBytes: 2 }],
]

export function formOf(head: Buffer): Form {
  const known = FORMS.find(([bytes]) => bytes.every((byte, at) => head[at] === byte))
  if (known) return known[1]
  // Without a mark: lists and JSON begin with ASCII, which UTF-16 stretches with zeros.
  const zeros = [...head.subarray(0, HEAD_BYTES)].map((byte) => (byte === 0 ? '0' : 'x')).join('')
  if (zeros === 'x0x0') return { kind: 'text', encoding: 'utf-16le', markBytes: 0 }
  if (zeros === '0x0x') return { kind: 'text', encoding: 'utf-16be', markBytes: 0 }
  // Text has no zero byte, and hardly a picture or a program has none near its beginning.
  if (head.subarray(0, BINARY_BYTES).includes(0))
    return { kind: 'other', what: 'binary data', remedy: 'name a file of lines of text' }
  return { kind: 'text', encoding: 'utf-8', markBytes: 0 }
}
