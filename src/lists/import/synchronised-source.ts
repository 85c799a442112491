// Whether a source is kept up to date by the sync daemon: then no file is all that it has.
import type { EventLog } from '../../log/event-log.ts'
import { unlessGone } from '../../log/topic-gone.ts'
import { readListRecords } from '../list-records.ts'

class SynchronisedSourceError extends Error {
  readonly code = 'SYNCHRONISED_SOURCE'
  override readonly name = 'SynchronisedSourceError'
}

/** Throws if the daemon has read the source. It would not bring back what a complete file takes out: its checkpoint is past it. */
export async function refuseSynchronised(log: EventLog, listsTopic: string, source: string): Promise<void> {
  // Without the topic nothing is synchronised here.
  const records = await unlessGone(log, listsTopic, () => readListRecords(log, listsTopic))
  if (records === undefined || (records.state(source) === undefined && !records.isUnreadable(source))) return
  throw new SynchronisedSourceError(
    `Nothing was published: hashset sync keeps the source ${source} up to date, and what a complete list takes out of it, it does not bring back. Import the file under a name of its own, or without --complete. If the source is synchronised no more: --yes.`,
  )
}
