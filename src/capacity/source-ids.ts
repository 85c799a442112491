// What a known hash takes by the length of its source id: sets were measured with one length.
import type { PlannedLoad } from './figure.ts'
import { MEASURED } from './measured.ts'

/** Postings hold whole words of this many bytes. */
const WORD_BYTES = 4

/** An amount for one known hash, and its sum for formulas. */
interface PerHash {
  readonly bytes: number
  readonly sum: string
}

const { knownSet, snapshot } = MEASURED

/** What one hash takes with source ids of `idBytes`, where it took `bytes` with ids of `measuredIdBytes`. */
function perHash(bytes: number, measuredIdBytes: number, idBytes: number): PerHash {
  const words = Math.ceil(idBytes / WORD_BYTES) * WORD_BYTES
  return { bytes: bytes + words - measuredIdBytes, sum: `(${bytes} + ${words} − ${measuredIdBytes}) bytes` }
}

export const residentPerHash = ({ idBytes }: PlannedLoad): PerHash =>
  perHash(knownSet.bytesPerHash, knownSet.idBytes, idBytes)

export const snapshotPerHash = ({ idBytes }: PlannedLoad): PerHash =>
  perHash(snapshot.bytesPerHash, snapshot.idBytes, idBytes)

export const postingPerHash = (idBytes: number): PerHash =>
  perHash(knownSet.postingBytes, knownSet.idBytes, idBytes)

/** Known hashes that the memory of postings in one process has room for; three digits, rounded down. */
export function mostKnownHashes(idBytes: number): number {
  const most = knownSet.postingsLimitBytes / postingPerHash(idBytes).bytes
  const step = 10 ** (Math.floor(Math.log10(most)) - 2)
  return Math.floor(most / step) * step
}
