// Takes PNG files apart and puts them together again.
import { promisify } from 'node:util'
import { constants, crc32, createInflateRaw, deflate } from 'node:zlib'

// PNG files taken apart into chunks, and put together again: to mend one that was damaged, and to reach the frames
// of an animated one, which libvips doesn't. Specification: https://www.w3.org/TR/png-3/

export interface PngChunk {
  readonly type: string
  readonly data: Buffer
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** Chunks that say what the bytes of the pixels mean: the only ones that decoding needs. */
const MEANING = new Set(['PLTE', 'tRNS'])

/** The chunks of a PNG; the last one as far as the file goes. Checksums are not looked at. */
export function pngChunks(bytes: Buffer): PngChunk[] {
  const chunks: PngChunk[] = []
  for (let at = SIGNATURE.length; at + 8 <= bytes.length;) {
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (!/^[A-Za-z]{4}$/.test(type)) break
    const end = at + 8 + bytes.readUInt32BE(at)
    chunks.push({ type, data: bytes.subarray(at + 8, end) })
    at = end + 4
  }
  return chunks
}

/** A PNG file of these chunks, with right lengths and checksums. */
export function pngOf(chunks: readonly PngChunk[]): Buffer {
  const parts: Buffer[] = [SIGNATURE]
  for (const { type, data } of chunks) {
    const head = Buffer.from(`\0\0\0\0${type}`, 'latin1')
    head.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(data, crc32(head.subarray(4))))
    parts.push(head, data, sum)
  }
  return Buffer.concat(parts)
}

/**
 * The file with right checksums, and black (zeros) where pixels are missing or can't be unpacked: libvips would drop
 * the last 8 KiB before the damage. The file as it is, if it has no whole header, or more than `mostRawBytes` of pixels.
 */
export async function mendPng(bytes: Buffer, mostRawBytes: number): Promise<Buffer> {
  const chunks = pngChunks(bytes)
  const header = chunks[0]
  if (header?.type !== 'IHDR' || header.data.length < 13) return bytes
  const rawBytes = rawLength(header.data)
  if (rawBytes > mostRawBytes) return bytes
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)
  const raw = Buffer.alloc(rawBytes)
  await unpackInto(raw, Buffer.concat(packed))
  return pngOf([
    header,
    ...chunks.filter(({ type }) => MEANING.has(type)),
    { type: 'IDAT', data: await promisify(deflate)(raw, { level: 1 }) },
    { type: 'IEND', data: Buffer.alloc(0) },
  ])
}

/** A header of two bytes stands before the packed data; the checksum behind it is not looked at. */
const ZLIB_HEADER_BYTES = 2

/** Unpacks as much as there is before the end or the first damage. */
async function unpackInto(raw: Buffer, packed: Buffer): Promise<void> {
  // The piece in which the damage lies is lost, so pieces are small against the picture; of more than 4,096 the
  // calls would take longer than the work.
  const chunkSize = Math.max(64, Math.ceil(raw.length / 4096))
  const inflate = createInflateRaw({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
  let at = 0
  inflate.on('data', (piece: Buffer) => {
    at += piece.copy(raw, at)
    if (at === raw.length) inflate.destroy()
  })
  const done = new Promise<void>((resolve) => inflate.on('close', resolve).on('error', () => resolve()))
  inflate.end(packed.subarray(ZLIB_HEADER_BYTES))
  await done
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Adam7: of each pass the first column and row, and the steps between columns and rows. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** How many bytes a picture's rows have, unpacked, each with the byte of its filter before it. */
function rawLength(header: Buffer): number {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const pixelBits = header[8] * (CHANNELS[header[9]] ?? 4)
  const passes = header[12] === 1 ? PASSES : ([[0, 0, 1, 1]] as const)
  let length = 0
  for (const [left, top, stepX, stepY] of passes) {
    const [columns, rows] = [Math.ceil((width - left) / stepX), Math.ceil((height - top) / stepY)]
    if (columns > 0 && rows > 0) length += rows * (1 + Math.ceil((columns * pixelBits) / 8))
  }
  return length
}
