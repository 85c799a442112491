// Compression of record batches: unpacking within a bound, and codecs for kafkajs's producers.
import { promisify } from 'node:util'
import { gunzip, gzip, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy'
import { lz4UnpacksTo } from './lz4-length.ts'
import { BatchTooLargeError, BatchUnreadableError } from './record-batch.ts'
import { zstdLength } from './zstd-length.ts'

/** snappy-java's framing, which Java clients write: this header, two int32 versions, then length-prefixed blocks. */
const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_PREAMBLE_BYTES = XERIAL_HEADER.length + 8

/**
 * What a fetch takes in memory at most once it is unpacked, and so what one batch may take. A broker bounds only the
 * compressed size of a batch, by default 1 MiB, and zstd unpacks that to gigabytes. Reports compress fivefold, and twelvefold
 * when all are of one picture; this leaves room for twentyfold, 70,000 reports with two headers each.
 */
export const MAX_UNPACKED_BYTES = 96 * 1024 * 1024

export type Compression = keyof typeof KAFKAJS_NAMES

const KAFKAJS_NAMES = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const

/** A codec as kafkajs knows it. */
export const compressionType = (compression: Compression): kafkajs.CompressionTypes =>
  kafkajs.CompressionTypes[KAFKAJS_NAMES[compression]]

/** Teaches kafkajs's producers the codecs that they lack. `readBatches` unpacks fetched batches. */
export function registerCompressionCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const register = (
    type: Exclude<kafkajs.CompressionTypes, kafkajs.CompressionTypes.None>,
    compress: (bytes: Buffer) => Promise<Buffer>,
  ): void => {
    CompressionCodecs[type] = () => ({
      compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
    })
  }
  register(CompressionTypes.GZIP, promisify<Buffer, Buffer>(gzip))
  register(CompressionTypes.Snappy, snappyCompress)
  register(CompressionTypes.LZ4, (bytes) => compressFrame(bytes))
  // One send takes about a millisecond at most. Handing a small one to another thread takes ten times as long, and setting
  // up a compressor of the default size another four times as long.
  register(CompressionTypes.ZSTD, async (bytes) => zstdCompressSync(bytes, { pledgedSrcSize: bytes.length }))
}

type Unpack = (packed: Buffer, maxBytes: number) => Promise<Buffer>

/** By Kafka's number of the compression. */
const UNPACKERS: readonly Unpack[] = [
  async (packed) => packed,
  // Node's own functions take no limit of 0.
  (packed, maxBytes) => withinLength(promisify(gunzip)(packed, { maxOutputLength: maxBytes || 1 })),
  unpackSnappy,
  async (packed, maxBytes) => {
    if (!lz4UnpacksTo(packed, maxBytes)) throw new BatchTooLargeError()
    return decompressFrame(packed)
  },
  unpackZstd,
]

/**
 * Unpacks the records of a batch, in the codec that its producer chose.
 * @throws BatchTooLargeError If they would take more than `maxBytes`; memory stays below that meanwhile.
 */
export async function unpack(codec: number, packed: Buffer, maxBytes: number): Promise<Buffer> {
  const unpacker = UNPACKERS.at(codec)
  if (!unpacker) throw new BatchUnreadableError(`A batch has codec ${codec}, which hashwarden does not know.`)
  return unpacker(packed, maxBytes)
}

async function withinLength(unpacked: Promise<Buffer>): Promise<Buffer> {
  try {
    return await unpacked
  } catch (error) {
    throw isOverLength(error) ? new BatchTooLargeError() : error
  }
}

const isOverLength = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE'

/** Bytes that are unpacked in one go, which takes about a millisecond. */
const AT_ONCE_BYTES = 1024 * 1024
/** Room is allocated for at most this many times the packed bytes; more only once that is full. */
const USUAL_RATIO = 16

/**
 * Unpacks most batches synchronously, into a buffer of the declared size: for a batch of 190 reports that takes 90 µs.
 * Handing it to another thread and gathering the pieces takes 310 µs of this thread, and as much of the other.
 */
async function unpackZstd(packed: Buffer, maxBytes: number): Promise<Buffer> {
  const told = zstdLength(packed)
  // The size that a frame declares may be false. One byte more, or Node allocates another buffer to find the end.
  const room = Math.min(told ?? Infinity, USUAL_RATIO * packed.length, maxBytes) + 1
  const chunkSize = Math.max(room, 64)
  if ((told ?? packed.length) <= AT_ONCE_BYTES) {
    try {
      const maxOutputLength = Math.min(maxBytes, AT_ONCE_BYTES) || 1
      return zstdDecompressSync(packed, { maxOutputLength, chunkSize })
    } catch (error) {
      if (!isOverLength(error)) throw error
      if (maxBytes <= AT_ONCE_BYTES) throw new BatchTooLargeError()
    }
  }
  return withinLength(promisify(zstdDecompress)(packed, { maxOutputLength: maxBytes || 1, chunkSize }))
}

/** Unpacks snappy in either framing: snappy-java's, or one raw block as librdkafka writes it. */
async function unpackSnappy(packed: Buffer, maxBytes: number): Promise<Buffer> {
  const blocks = snappyBlocks(packed)
  const length = blocks.reduce((sum, block) => sum + snappyLength(block), 0)
  if (length > maxBytes) throw new BatchTooLargeError()
  const unpacked: Buffer[] = []
  for (const block of blocks) unpacked.push(asBuffer(await snappyUncompress(block)))
  return unpacked.length === 1 ? unpacked[0] : Buffer.concat(unpacked)
}

function snappyBlocks(packed: Buffer): readonly Buffer[] {
  if (!packed.subarray(0, XERIAL_HEADER.length).equals(XERIAL_HEADER)) return [packed]
  const blocks: Buffer[] = []
  for (let at = XERIAL_PREAMBLE_BYTES; at < packed.length;) {
    const from = at + 4
    at = from + packed.readUInt32BE(at)
    blocks.push(packed.subarray(from, at))
  }
  return blocks
}

/** A block begins with its unpacked length, which the library does not check. */
function snappyLength(block: Buffer): number {
  let length = 0
  for (let n = 0; n < 5; n++) {
    const byte = block.at(n)
    if (byte === undefined) break
    length += (byte & 127) * 128 ** n
    if (byte < 128) return length
  }
  throw new BatchUnreadableError('A snappy block declares no length.')
}

const asBuffer = (bytes: string | Buffer): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
