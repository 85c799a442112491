// Where each frame of a zstd body ends (RFC 8878, section 3.1). Node unpacks the first frame and leaves out the rest without
// a word, so that reports of a client that flushes between them would be acknowledged and lost.

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
const SKIPPABLE_MASK = 0xfffffff0
/** More frames than a client has any use for within one request. */
const MOST_FRAMES = 256

const FIELD_BYTES = [0, 2, 4, 8] as const
const DICTIONARY_BYTES = [0, 1, 2, 4] as const
const RLE_BLOCK = 1

/** The frames of a body, skippable ones left out; undefined if it isn't whole frames, or too many of them. */
export function zstdFrames(body: Buffer): readonly Buffer[] | undefined {
  const frames: Buffer[] = []
  let count = 0
  for (let at = 0; at < body.length;) {
    if (at + 8 > body.length || ++count > MOST_FRAMES) return undefined
    const magic = body.readUInt32LE(at)
    const isSkippable = (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE
    if (!isSkippable && magic !== MAGIC) return undefined
    const end = isSkippable ? at + 8 + body.readUInt32LE(at + 4) : frameEnd(body, at + 4)
    if (end === undefined || end > body.length) return undefined
    if (!isSkippable) frames.push(body.subarray(at, end))
    at = end
  }
  return frames.length === 0 ? undefined : frames
}

/** The end of the frame whose descriptor stands at `at`; undefined if the body ends before it. */
function frameEnd(body: Buffer, at: number): number | undefined {
  const descriptor = body[at]
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : FIELD_BYTES[sizeFlag]
  let next = at + 1 + (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3] + sizeBytes
  for (let isLast = false; !isLast;) {
    if (next + 3 > body.length) return undefined
    const header = body.readUIntLE(next, 3)
    isLast = (header & 1) === 1
    next += 3 + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3)
  }
  return next + ((descriptor & 4) === 0 ? 0 : 4)
}
