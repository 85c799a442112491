// Holds the topic known-hashes against what lists say.
import type { EventLog } from '../../../src/log/event-log.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import type { MovingLists } from './moving-lists.ts'

export interface JudgedLists {
  /** Entries by source. */
  readonly entries: Readonly<Record<string, number>>
  /** None: each source has exactly what its list says. */
  readonly problems: readonly string[]
}

export async function judgeLists(
  log: EventLog,
  knownHashes: string,
  lists: MovingLists,
): Promise<JudgedLists> {
  const truths = lists.truths()
  const bare = new Set(truths.flatMap(({ name, isBare }) => (isBare ? [name] : [])))
  const live = new Map<string, Set<string>>(truths.map(({ name }) => [name, new Set()]))
  await readToEnd(log, knownHashes, ({ key, value }) => {
    const [type, hash, source, id] = String(key).split(':')
    const entries = live.get(source)
    if (entries === undefined) return
    const entry = bare.has(source) ? `${type}:${hash}` : `${type}:${hash}:${decodeURIComponent(id)}`
    if (value === null) entries.delete(entry)
    else entries.add(entry)
  })
  const problems = truths.flatMap(({ name, truth }) => {
    const has = live.get(name) ?? new Set()
    const missing = truth.filter((entry) => !has.has(entry)).length
    const extra = has.size - (truth.length - missing)
    return missing + extra === 0 ? [] : [`${name}: ${missing} entries are missing, ${extra} are too many`]
  })
  const entries = Object.fromEntries([...live].map(([name, all]) => [name, all.size]))
  return { entries, problems }
}
