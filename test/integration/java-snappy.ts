import { compressSync } from 'snappy'

/** Snappy as Java clients frame it: header, versions, length-prefixed blocks (here two). */
export function javaSnappy(buffer: Buffer): Buffer {
  const half = buffer.length >> 1
  const blocks = [buffer.subarray(0, half), buffer.subarray(half)].flatMap((part) => {
    const block = compressSync(part)
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return [length, block]
  })
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  return Buffer.concat([header, ...blocks])
}
