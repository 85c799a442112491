// A checkpoint: the size and the root of the audit's tree, signed (c2sp.org/tlog-checkpoint).
import { HASH_BYTES, rootOf, type Edge } from './merkle.ts'
import { parseNote, signNote, type NoteSigner, type ParsedNote } from './signed-note.ts'

/** What a note says of a tree. Its signature has not been verified. */
export interface Checkpoint {
  readonly size: number
  /** 32 bytes. */
  readonly root: Buffer
  readonly note: ParsedNote
}

/** Signs the tree as it is now. The key's name is the log's origin. */
export const signCheckpoint = (edge: Edge, signer: NoteSigner): string =>
  signNote(`${signer.name}\n${edge.size}\n${Buffer.from(rootOf(edge)).toString('base64')}\n`, signer)

/** Reads the checkpoint of the log of this origin. Undefined: it is none, or one of another log. */
export function parseCheckpoint(bytes: Uint8Array, origin: string): Checkpoint | undefined {
  const note = parseNote(bytes)
  const [name, size, root, ...extensions] = note?.text.split('\n') ?? []
  // The last part is the one behind the last line feed.
  if (!note || name !== origin || size === undefined || root === undefined || extensions.length === 0)
    return undefined
  const hash = Buffer.from(root, 'base64')
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) return undefined
  if (hash.length !== HASH_BYTES || hash.toString('base64') !== root) return undefined
  return { size: Number(size), root: hash, note }
}
