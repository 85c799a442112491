import { createSecretKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadSnapshot, type SnapshotDemands } from '../../../src/known/snapshot/load-snapshot.ts'
import { SnapshotRefusal, type SnapshotRefusalCode } from '../../../src/known/snapshot/snapshot-refusal.ts'
import { sectionOf, writeSnapshot } from '../../../src/known/snapshot/write-snapshot.ts'
import { FACTS, NOW_MS } from './snapshot-facts.ts'

export const DEMANDS: SnapshotDemands = {
  content: 'test/1',
  nowMs: NOW_MS,
  maxAgeMs: 29 * 86_400_000,
  endOffset: 42,
}

export const keyOf = (fill: number): KeyObject => createSecretKey(Buffer.alloc(32, fill))

export const bytesOfText = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A folder that is gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-snapshot-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Sections by name. */
export type Sections = Readonly<Record<string, Uint8Array>>

export interface WriteOptions {
  readonly key?: KeyObject | undefined
  readonly chunkBytes?: number
  readonly facts?: Partial<typeof FACTS>
}

export const write = (
  file: string,
  sections: Sections,
  { facts, ...options }: WriteOptions = {},
): Promise<number> =>
  writeSnapshot(
    file,
    { ...FACTS, ...facts },
    Object.entries(sections).map(([name, bytes]) => sectionOf(name, bytes)),
    options,
  )

/** A snapshot's bytes, from a file of that name. */
export async function bytesOf(file: string, sections: Sections, options?: WriteOptions): Promise<Buffer> {
  await write(file, sections, options)
  return readFileSync(file)
}

/** All sections of a file, or why it is refused. */
export async function load(
  file: string,
  demands: Partial<SnapshotDemands> = {},
): Promise<Sections | SnapshotRefusal> {
  const loaded = await loadSnapshot(file, { ...DEMANDS, ...demands }, async (reader) => {
    const sections: Record<string, Uint8Array> = {}
    for (const { name, byteLength } of reader.header.sections) {
      sections[name] = new Uint8Array(byteLength)
      await reader.read(name, sections[name])
    }
    return sections
  })
  return loaded instanceof SnapshotRefusal ? loaded : loaded.state
}

/** Why a file is refused; undefined if it is not. */
export async function refusalOf(
  file: string,
  demands: Partial<SnapshotDemands> = {},
): Promise<SnapshotRefusalCode | undefined> {
  const loaded = await load(file, demands)
  return loaded instanceof SnapshotRefusal ? loaded.code : undefined
}
