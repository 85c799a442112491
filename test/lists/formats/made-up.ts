// Values for tests of formats. They are made up: no picture stands behind them.
import type { ListItem, ReadItems } from '../../../src/lists/list-item.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'

export class MadeUp {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.#random() * 16).toString(16)).join('')
  }

  md5 = (): string => this.hex(32)
  sha1 = (): string => this.hex(40)
  sha256 = (): string => this.hex(64)
  photodna = (): string => this.hex(288)
  pdq = (): string => randomBalancedHash(this.#random)
}

export const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** The bytes of a text in pieces. */
export async function* pieces(text: string | Buffer, pieceBytes = 4096): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield bytes.subarray(at, Math.min(bytes.length, at + pieceBytes))
}

/** The items of a text, of JSON or of a value printed as JSON; without the fields that are undefined. */
export async function itemsOf(
  read: ReadItems,
  document: unknown,
  pieceBytes = 4096,
): Promise<readonly ListItem[]> {
  const text = typeof document === 'string' || Buffer.isBuffer(document) ? document : JSON.stringify(document)
  const items = (await Array.fromAsync(read(pieces(text, pieceBytes)))).flat()
  // Items are records of JSON: texts, flags, arrays.
  return JSON.parse(JSON.stringify(items)) as readonly ListItem[]
}
