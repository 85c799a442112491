// Reads the checkpoints that were published.
import type { EventLog } from '../../log/event-log.ts'
import { readToEnd } from '../../log/read-to-end.ts'
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'

/** All notes of this log in the topic, each once. Their signatures have not been verified. */
export async function readPublished(
  log: EventLog,
  topic: string,
  origin: string,
): Promise<readonly Checkpoint[]> {
  const found = new Map<string, Checkpoint>()
  await readToEnd(log, topic, ({ value }) => {
    const checkpoint = value ? parseCheckpoint(value, origin) : undefined
    if (checkpoint) found.set(noteId(checkpoint), checkpoint)
  })
  return [...found.values()]
}

/** Equal for equal notes. */
export const noteId = ({ note }: Checkpoint): string =>
  [note.text, ...note.signatures.map(({ signature }) => signature.toString('base64'))].join('\n')
