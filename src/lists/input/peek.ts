// The beginning of a text, and then all of it.

/** Enough for the header of a table, or for the first keys of JSON. */
const PEEK_BYTES = 64 * 1024

interface Peeked {
  /** The first bytes, at least {@link PEEK_BYTES} of them if there are as many. */
  readonly head: Buffer
  /** Whether `head` is all there is. */
  readonly isWhole: boolean
  /** The whole text, to be read once. */
  readonly text: AsyncIterable<Buffer>
}

export async function peek(text: AsyncIterable<Buffer>): Promise<Peeked> {
  const chunks = text[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let bytes = 0
  let isWhole = false
  while (bytes < PEEK_BYTES && !isWhole) {
    const { done, value } = await chunks.next()
    if (done) isWhole = true
    else bytes += read.push(value) && value.length
  }
  return { head: Buffer.concat(read), isWhole, text: rejoined(read, chunks) }
}

async function* rejoined(read: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    while (read.length > 0) {
      const chunk = read.shift()
      if (chunk) yield chunk
    }
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
