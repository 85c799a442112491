// Seals the chunks of a snapshot, so that a changed, moved or exchanged chunk does not open.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import { KEY_CHECK_BYTES } from './snapshot-layout.ts'

const NONCE_BYTES = 12

/** Seals chunks, so that a change, a move or an exchange is noticed, and opens them again. */
export interface ChunkSeal {
  /** Bytes of a seal. */
  readonly byteLength: number
  /** Seals chunk number `index`; `isEnd` marks the empty one that ends the file. */
  seal(
    index: number,
    isEnd: boolean,
    plain: Uint8Array,
  ): { readonly stored: Uint8Array; readonly seal: Buffer }
  /** The chunk's own bytes (possibly `stored` itself); undefined if they are not the ones that were sealed. */
  open(index: number, isEnd: boolean, stored: Uint8Array, seal: Uint8Array): Uint8Array | undefined
}

/** The keys of one file; undefined if it is plain. */
export interface FileKeys {
  readonly head: KeyObject | Buffer
  readonly chunks: KeyObject | Buffer
}

/** Derives the keys of the one file that has this salt. */
export function deriveFileKeys(key: KeyObject, salt: Buffer): FileKeys {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, salt, `hashwarden snapshot/1 ${purpose}`, 32))
  return { head: derive('head'), chunks: derive('chunks') }
}

/** Proves that the writer of this head had the key; zeros for a plain file. */
export const keyCheck = (keys: FileKeys | undefined, head: Buffer): Buffer =>
  keys ? createHmac('sha256', keys.head).update(head).digest() : Buffer.alloc(KEY_CHECK_BYTES)

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The seal of a file's chunks. `headChecksum` ties each to this very head. */
export const chunkSeal = (keys: FileKeys | undefined, headChecksum: Buffer): ChunkSeal =>
  keys ? gcmSeal(keys, headChecksum) : digestSeal(headChecksum)

/** SHA-256 over the head's checksum, the nonce and the chunk: finds damage, but not a forger. */
function digestSeal(headChecksum: Buffer): ChunkSeal {
  const digest = (index: number, isEnd: boolean, chunk: Uint8Array): Buffer =>
    createHash('sha256').update(headChecksum).update(nonce(index, isEnd)).update(chunk).digest()
  return {
    byteLength: 32,
    seal: (index, isEnd, plain) => ({ stored: plain, seal: digest(index, isEnd, plain) }),
    open: (index, isEnd, stored, seal) =>
      timingSafeEqual(digest(index, isEnd, stored), seal) ? stored : undefined,
  }
}

/** AES-256-GCM with the chunk's number as nonce: the key is of this one file, so no nonce comes twice. */
function gcmSeal({ chunks }: FileKeys, headChecksum: Buffer): ChunkSeal {
  const options = { authTagLength: 16 }
  return {
    byteLength: 16,
    seal: (index, isEnd, plain) => {
      const cipher = createCipheriv('aes-256-gcm', chunks, nonce(index, isEnd), options).setAAD(headChecksum)
      // In this mode a cipher gives as many bytes as it gets, at once; final() only finishes the tag.
      const stored = cipher.update(plain)
      cipher.final()
      return { stored, seal: cipher.getAuthTag() }
    },
    open: (index, isEnd, stored, seal) => {
      const decipher = createDecipheriv('aes-256-gcm', chunks, nonce(index, isEnd), options)
      decipher.setAAD(headChecksum).setAuthTag(seal)
      const plain = decipher.update(stored)
      try {
        decipher.final()
      } catch {
        return undefined
      }
      return plain
    },
  }
}

/** As in age: the number in eleven bytes, and a last one that is 1 at the end only. */
function nonce(index: number, isEnd: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES)
  // No file of chunks of any size has 2^48 of them.
  bytes.writeUIntBE(index, 5, 6)
  bytes[11] = isEnd ? 1 : 0
  return bytes
}
