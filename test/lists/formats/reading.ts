// Reads lists in tests, in pieces as small as a test likes.
import type { ListItem } from '../../../src/lists/list-item.ts'

type Reader<Options> = (text: AsyncIterable<Buffer>, options: Options) => AsyncIterable<readonly ListItem[]>

/** The bytes in pieces of `size`. */
export async function* pieces(content: string | Uint8Array, size = 1 << 16): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** What a reader makes of a text. */
export async function itemsOf<Options>(
  read: Reader<Options | undefined>,
  content: string | Uint8Array,
  { options, size }: { readonly options?: Options; readonly size?: number } = {},
): Promise<readonly ListItem[]> {
  return (await Array.fromAsync(read(pieces(content, size), options))).flat()
}
