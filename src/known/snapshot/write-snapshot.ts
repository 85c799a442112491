// Writes a snapshot in place of the older one.
import type { KeyObject } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { replaceFile } from './replace-file.ts'
import { makeHead } from './snapshot-head.ts'
import type { SnapshotHeader } from './snapshot-header.ts'

/** Bytes that are copied and sealed in one go, which takes about a millisecond. Larger chunks were no quicker at 0.9 GB. */
const DEFAULT_CHUNK_BYTES = 1024 * 1024

/** A named part of the set's state, as bytes. */
export interface SnapshotSection {
  readonly name: string
  readonly byteLength: number
  /** Copies the bytes from offset `from` on into `target`, which is never longer than the rest. */
  readonly copy: (from: number, target: Uint8Array) => void
}

export interface WriteSnapshotOptions {
  /** Encrypts the file. */
  readonly key?: KeyObject | undefined
  readonly chunkBytes?: number
  /** Gives up the write, and leaves nothing of it behind. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined
  /** Called once all sections are copied: from then on the state may change, while the disk still writes. */
  readonly onCopied?: (() => void) | undefined
}

/** A snapshot could not be written; the older file is unchanged. */
export class SnapshotWriteError extends Error {
  readonly code = 'SNAPSHOT_WRITE'
  override readonly name = 'SnapshotWriteError'
}

/** A section of the bytes of a column, read when they are written. */
export function sectionOf(
  name: string,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): SnapshotSection {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  return { name, byteLength, copy: (from, target) => target.set(bytes.subarray(from, from + target.length)) }
}

/**
 * Writes a set's state as a file, in place of an older one, and resolves with the file's size once it is on disk. The
 * state must not change until `onCopied`: the sections are copied chunk by chunk, with other work in between. Throws
 * SnapshotWriteError (a full disk, a missing folder), or the signal's reason; either way the older file is unchanged.
 */
export async function writeSnapshot(
  file: string,
  facts: Omit<SnapshotHeader, 'sections'>,
  sections: readonly SnapshotSection[],
  { key, chunkBytes = DEFAULT_CHUNK_BYTES, signal, onProgress, onCopied }: WriteSnapshotOptions = {},
): Promise<number> {
  const described = sections.map(({ name, byteLength }) => ({ name, byteLength }))
  const { bytes: head, seal, plan } = makeHead({ ...facts, sections: described }, key, chunkBytes)
  const plain = Buffer.alloc(chunkBytes)
  const write = async (handle: FileHandle): Promise<void> => {
    let done = 0
    const append = async (bytes: Uint8Array): Promise<void> => {
      signal?.throwIfAborted()
      await writeAll(handle, bytes)
      done += bytes.length
      onProgress?.(done, plan.byteLength)
    }
    await append(head)
    for (const [index, { firstChunk, byteLength, chunks }] of plan.sections.entries()) {
      for (let chunk = 0; chunk < chunks; chunk++) {
        const from = chunk * chunkBytes
        const bytes = plain.subarray(0, Math.min(chunkBytes, byteLength - from))
        sections[index].copy(from, bytes)
        const sealed = seal.seal(firstChunk + chunk, false, bytes)
        await append(sealed.stored)
        await append(sealed.seal)
      }
    }
    onCopied?.()
    await append(seal.seal(plan.endChunk, true, Buffer.alloc(0)).seal)
  }
  try {
    await replaceFile(file, write)
  } catch (error) {
    if (signal?.aborted) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new SnapshotWriteError(
      `Cannot write the snapshot ${file} (${plan.byteLength} bytes): ${why}. An older one is as it was.`,
      { cause: error },
    )
  }
  return plan.byteLength
}

/** A full disk may write a part of the bytes, and fail only at the next call. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten
}
