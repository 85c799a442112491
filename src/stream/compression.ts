import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy'

/** snappy-java's framing, which Java clients write: this header, two int32 versions, then length-prefixed blocks. */
const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_PREAMBLE_BYTES = XERIAL_HEADER.length + 8

export type Compression = keyof typeof KAFKAJS_NAMES

const KAFKAJS_NAMES = { none: 'None', gzip: 'GZIP', snappy: 'Snappy', lz4: 'LZ4', zstd: 'ZSTD' } as const

/** A codec as kafkajs knows it. */
export const compressionType = (compression: Compression): kafkajs.CompressionTypes =>
  kafkajs.CompressionTypes[KAFKAJS_NAMES[compression]]

/**
 * Teaches kafkajs the codecs that it lacks. Producers choose freely, and a batch in a codec that the consumer
 * doesn't know stops a kafkajs consumer for good.
 */
export function registerCompressionCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => snappyCompress(buffer),
    decompress: decompressSnappy,
  })
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
    decompress: decompressFrame,
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => promisify(zstdCompress)(buffer),
    decompress: promisify(zstdDecompress),
  })
}

/** Unpacks snappy in either framing: snappy-java's, or one raw block as librdkafka writes it. */
async function decompressSnappy(buffer: Buffer): Promise<Buffer> {
  if (!buffer.subarray(0, XERIAL_HEADER.length).equals(XERIAL_HEADER))
    return asBuffer(await snappyUncompress(buffer))
  const blocks: Buffer[] = []
  for (let at = XERIAL_PREAMBLE_BYTES; at < buffer.length;) {
    const length = buffer.readInt32BE(at)
    at += 4
    blocks.push(asBuffer(await snappyUncompress(buffer.subarray(at, at + length))))
    at += length
  }
  return Buffer.concat(blocks)
}

const asBuffer = (bytes: string | Buffer): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
