// Lines of a text, and line ends in one form.

/** Longer lines are cut to this length. No line that means something is as long. */
const MAX_LINE_BYTES = 64 * 1024

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** The lines of a text, without their line feeds. A line over 64 KiB is cut to that. */
export async function* textLines(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const lines of lineBatches(text)) yield* lines
}

/** Does the same, with all lines that end in one piece of the text together: a promise a line costs more than reading it. */
export async function* lineBatches(text: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer): void => {
    const kept = part.subarray(0, MAX_LINE_BYTES - length)
    if (kept.length === 0) return
    parts.push(kept)
    length += kept.length
  }
  const take = (): Buffer => {
    const line = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    parts = []
    length = 0
    return line
  }
  for await (const chunk of text) {
    const lines: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end))
      lines.push(take())
      from = end + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
    if (lines.length > 0) yield lines
  }
  if (length > 0) yield [take()]
}

/** The text with a line feed in place of each carriage return and of each pair of both. */
export async function* withLineFeeds(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let endedWithReturn = false
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    const continues = endedWithReturn && chunk[0] === LINE_FEED
    endedWithReturn = chunk[chunk.length - 1] === CARRIAGE_RETURN
    const text = continues ? chunk.subarray(1) : chunk
    yield text.includes(CARRIAGE_RETURN) ? replacedReturns(text) : text
  }
}

function replacedReturns(text: Buffer): Buffer {
  const replaced = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const isReturn = text[at] === CARRIAGE_RETURN
    replaced[length++] = isReturn ? LINE_FEED : text[at]
    if (isReturn && text[at + 1] === LINE_FEED) at++
  }
  return replaced.subarray(0, length)
}
