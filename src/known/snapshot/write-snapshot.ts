import type { KeyObject } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { replaceFile } from './replace-file.ts'
import { makeHead } from './snapshot-head.ts'
import type { SnapshotHeader } from './snapshot-header.ts'

/** Copied and sealed in one go, about a millisecond; larger ones were no quicker at 0.9 GB. */
const DEFAULT_CHUNK_BYTES = 1024 * 1024

/** A named run of bytes of the set's state. */
export interface SnapshotSection {
  readonly name: string
  readonly byteLength: number
  /** Copies the bytes from offset `from` on into `target`, which is never longer than what is left. */
  readonly copy: (from: number, target: Uint8Array) => void
}

export interface WriteSnapshotOptions {
  /** Encrypts the file. */
  readonly key?: KeyObject | undefined
  readonly chunkBytes?: number
  /** Gives the write up: nothing of it is left. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined
  /** Called once all sections are copied: from then on the state may change, while the disk still takes them. */
  readonly onCopied?: (() => void) | undefined
}

/** A snapshot that could not be written: the older one is as it was. */
export class SnapshotWriteError extends Error {
  readonly code = 'SNAPSHOT_WRITE'
  override readonly name = 'SnapshotWriteError'
}

/** A section of the bytes of a column, as they are when they are written. */
export function sectionOf(
  name: string,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): SnapshotSection {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  return { name, byteLength, copy: (from, target) => target.set(bytes.subarray(from, from + target.length)) }
}

/**
 * Writes a set's state as a file, in place of the one that is there, and resolves with the file's size once the disk
 * has it. The state must not change until `onCopied`: the sections are copied chunk by chunk, with other work in between.
 * Throws SnapshotWriteError (a full disk, a folder that isn't there), or the signal's reason; either way the older
 * file is as it was.
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

/** A full disk takes a part of what it is given, and refuses the rest only when asked again. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten
}
