// Whether a run found what it had to: a benchmark that loses hits measures nothing.
import type { Settings } from '../../src/settings/settings.ts'
import type { EventLog } from '../../src/log/event-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { hitsBefore } from './bench-reports.ts'

/**
 * How many hits (each counted once, however often it was published) stand in a deployment's topic; throws unless these
 * are as many as the reports that the group has committed must make.
 */
export async function checkHits(
  log: EventLog,
  { topics, match }: Pick<Settings, 'topics' | 'match'>,
): Promise<number> {
  const expected = hitsBefore(await log.committed(match.group, topics.reports))
  const ids = new Set<string>()
  await readToEnd(log, topics.hits, ({ key }) => ids.add(key?.toString('utf8') ?? ''))
  if (ids.size !== expected)
    throw new Error(`${ids.size} hits were published where ${expected} must be: these figures say nothing.`)
  return ids.size
}
