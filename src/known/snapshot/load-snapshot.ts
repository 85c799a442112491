// Loads a snapshot, whole or not at all.
import type { KeyObject } from 'node:crypto'
import { OpenFile } from './open-file.ts'
import { SectionReader, type SnapshotReader } from './section-reader.ts'
import { readHead } from './snapshot-head.ts'
import type { SnapshotHeader } from './snapshot-header.ts'
import { SnapshotRefusal } from './snapshot-refusal.ts'

/** Greatest difference between the writer's clock and ours, in milliseconds. */
export const CLOCK_SKEW_MS = 10 * 60 * 1000

/** What a snapshot must be to be loaded. */
export interface SnapshotDemands {
  /** Its key: then it must be encrypted. Without one it must be plain. */
  readonly key?: KeyObject | undefined
  /** The layout of the sections that the caller understands, as in the header. */
  readonly content: string
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly maxAgeMs: number
  /** The end of the topic now; without it, the position is not compared with it. */
  readonly endOffset?: number | undefined
}

export interface LoadSnapshotOptions extends SnapshotDemands {
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined
}

export interface LoadedSnapshot<T> {
  readonly header: SnapshotHeader
  readonly state: T
}

/**
 * Loads a snapshot: `build` makes a new state from its sections. Returns the state only once every byte of the file has
 * been verified; a damaged file is never half-loaded. Otherwise returns the refusal: its own, or the one that `build`
 * threw.
 */
export async function loadSnapshot<T>(
  path: string,
  { key, onProgress, ...demands }: LoadSnapshotOptions,
  build: (reader: SnapshotReader) => Promise<T>,
): Promise<LoadedSnapshot<T> | SnapshotRefusal> {
  try {
    await using file = await OpenFile.open(path)
    const { header, ...layout } = await readHead(file, key)
    checkHeader(file, header, demands)
    const reader = new SectionReader(file, header, layout, onProgress)
    const state = await build(reader)
    await reader.verifyRest()
    return { header, state }
  } catch (error) {
    if (error instanceof SnapshotRefusal) return error
    throw error
  }
}

/** Reads only the header of a snapshot; its sections are not verified. */
export async function readSnapshotHeader(
  path: string,
  key: KeyObject | undefined,
): Promise<SnapshotHeader | SnapshotRefusal> {
  try {
    await using file = await OpenFile.open(path)
    return (await readHead(file, key)).header
  } catch (error) {
    if (error instanceof SnapshotRefusal) return error
    throw error
  }
}

function checkHeader(
  file: OpenFile,
  header: SnapshotHeader,
  { content, nowMs, maxAgeMs, endOffset }: Omit<SnapshotDemands, 'key'>,
): void {
  if (header.content !== content) {
    throw file.refusal('other-version', `holds ${header.content}; this program reads ${content}`)
  }
  const ageMs = nowMs - Date.parse(header.asOf)
  // Written such that an invalid time (NaN) counts as too old.
  if (!(ageMs <= maxAgeMs)) {
    throw file.refusal(
      'too-old',
      `is as of ${header.asOf}, more than ${Math.floor(maxAgeMs / 3_600_000)} hours ago: the topic may have forgotten removals since`,
    )
  }
  if (ageMs < -CLOCK_SKEW_MS) {
    throw file.refusal('not-yet', `is as of ${header.asOf}, a time to come: one of the clocks is wrong`)
  }
  if (endOffset !== undefined && header.offset > endOffset) {
    throw file.refusal('beyond-end', `is at offset ${header.offset}, beyond the topic's end ${endOffset}`)
  }
}
