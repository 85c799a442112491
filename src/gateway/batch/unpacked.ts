// Unpacks a body within bounds: a few kilobytes can be made that unpack to gigabytes, or ask for gigabytes of memory.
import { promisify } from 'node:util'
import { constants, gunzip, zstdDecompress } from 'node:zlib'
import { GATEWAY_MAX_BYTES } from '../../contract/gateway.ts'
import { Turns } from '../../waiting/turns.ts'
import { GatewayRefusal } from '../gateway-problem.ts'
import { zstdFrames } from './zstd-frames.ts'

/** Stands for a body whose frames can't be found: unpacking it fails, as it should. */
const NOTHING = Buffer.alloc(0)
const CHUNK_BYTES = 64 * 1024
/** As a power of two: a body of 8 MiB has no use for a larger window, which its unpacking would have to hold. */
const ZSTD_WINDOW_LOG_MAX = 23

export const CONTENT_ENCODINGS = ['gzip', 'zstd'] as const
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number]

const inflate = promisify<Buffer, object, Buffer>(gunzip)
const unzstd = promisify<Buffer, object, Buffer>(zstdDecompress)

const UNPACK: Readonly<Record<ContentEncoding, (body: Buffer) => Promise<Buffer>>> = {
  // Several members in a row are one text: Node reads all of them.
  gzip: (body) => inflate(body, { chunkSize: CHUNK_BYTES, maxOutputLength: GATEWAY_MAX_BYTES }),
  zstd: async (body) => {
    const parts: Buffer[] = []
    let room = GATEWAY_MAX_BYTES
    for (const frame of zstdFrames(body) ?? [NOTHING]) {
      const part = await unzstd(frame, {
        chunkSize: CHUNK_BYTES,
        // Zero would mean no bound.
        maxOutputLength: Math.max(room, 1),
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      })
      room -= part.length
      parts.push(part)
    }
    if (room < 0) throw new GatewayRefusal('too-large')
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  },
}

/**
 * Bodies that are unpacked at a time: as many as Node has threads for it. Of each, 8 MiB may come of a few kilobytes, before
 * they can be counted.
 */
const turns = new Turns(4)

/** @throws GatewayRefusal if it unpacks to too much, or is not whole */
export async function unpacked(body: Buffer, encoding: ContentEncoding | undefined): Promise<Buffer> {
  if (encoding === undefined) return body
  try {
    return await turns.run(() => UNPACK[encoding](body))
  } catch (error) {
    if (error instanceof GatewayRefusal) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new GatewayRefusal('too-large')
    const detail = `The body is no whole ${encoding}, or of a window of more than 8 MiB.`
    throw new GatewayRefusal('malformed', { errors: [{ detail, pointer: '' }] })
  }
}
