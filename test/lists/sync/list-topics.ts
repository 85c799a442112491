// The topics of a synchronisation in memory, a source whose pages a test writes, and what came of them.
import { onTestFinished } from 'vitest'
import { parseTypedValue } from '../../../src/contract/known-hash.ts'
import { listRecordKey, type ListApproval, type ListState } from '../../../src/contract/list-state.ts'
import { canonicalJson } from '../../../src/contract/json.ts'
import { readToEnd } from '../../../src/log/read-to-end.ts'
import { BusyLog } from '../busy-log.ts'
import type { EventLog } from '../../../src/log/event-log.ts'
import type { ListedFile, ListedHash, ListItem, Withdrawal } from '../../../src/lists/list-item.ts'
import { openIntake, type Intake } from '../../../src/lists/import/intake.ts'
import {
  changes,
  type ListClient,
  type ListPage,
  type ReadBefore,
  type ReadRange,
} from '../../../src/lists/sync/list-client.ts'

export const KNOWN = 'known-hashes'
export const LISTS = 'lists'
export const SOURCE = 'a-list'

export const openLog = async (): Promise<BusyLog> => {
  const log = new BusyLog()
  onTestFinished(() => log.close())
  for (const topic of [KNOWN, LISTS]) await log.createTopic({ topic, partitions: 1, config: {} })
  return log
}

export const intakeOf = (log: EventLog, source = SOURCE, clock?: () => number): Promise<Intake> =>
  openIntake(
    log,
    KNOWN,
    {
      source,
      classification: { scheme: 'test', code: 'A1' },
      repeats: 'replace',
    },
    clock,
  )

const md5 = (n: number): ListedHash => {
  const hash = parseTypedValue('md5', n.toString(16).padStart(32, 'a'))
  // It is one of those that lists carry.
  return hash as ListedHash
}

export const listed = (n: number): ListedFile => ({
  kind: 'file',
  place: `record ${n}`,
  sourceId: `file-${n}`,
  hashes: [md5(n)],
})

export const withdrawn = (n: number): Withdrawal => ({
  kind: 'withdrawal',
  place: `record ${n}`,
  sourceId: `file-${n}`,
})

/** A record that can't be read: of which file it is, it doesn't say. */
export const refused = (n: number): ListItem => ({
  kind: 'refused',
  place: `record ${n}`,
  reason: 'its value is none',
})

export const listedFrom = (from: number, to: number): readonly ListItem[] =>
  Array.from({ length: to - from }, (_, at) => listed(from + at))

/** The ids of these files, as idsIn gives them. */
export const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, at) => `file-${from + at}`).toSorted()

/** A range of pages, or an error in the place of a page. */
export type Script = readonly (readonly ListItem[] | Error)[]

/** A source that says what the test wrote: one range a reading, then nothing new. */
export class WrittenSource implements ListClient {
  /** By checkpoint: the range behind it. */
  readonly ranges: Script[] = []
  readonly asked: (string | undefined)[] = []
  isComplete = false

  async *read({ checkpoint }: ReadBefore): AsyncGenerator<ListPage, ReadRange> {
    this.asked.push(checkpoint)
    const number = Number(checkpoint ?? 0)
    const range = this.ranges[number]
    if (range === undefined) return { checkpoint }
    for (const page of range) {
      if (page instanceof Error) throw page
      yield { ...changes(page), isComplete: this.isComplete }
    }
    await Promise.resolve()
    return { checkpoint: String(number + 1), hasMore: number + 1 < this.ranges.length }
  }
}

/** The ids that the source has in the topic. */
export async function idsIn(log: EventLog, source = SOURCE): Promise<readonly string[]> {
  const live = new Set<string>()
  await readToEnd(log, KNOWN, ({ key, value }) => {
    const [, , owner, id] = String(key).split(':')
    if (owner !== source) return
    if (value === null) live.delete(id)
    else live.add(id)
  })
  return [...live].toSorted()
}

/** What the topic of lists says of the source, record by record. */
export async function statesIn(log: EventLog, source = SOURCE): Promise<readonly ListState[]> {
  const states: ListState[] = []
  await readToEnd(log, LISTS, ({ key, value }) => {
    // Our own records, of this form.
    if (String(key) === `state:${source}`) states.push(JSON.parse(String(value)) as ListState)
  })
  return states
}

export async function say(
  log: EventLog,
  pendingId: string,
  verdict: ListApproval['verdict'],
  source = SOURCE,
): Promise<ListApproval> {
  const approval: ListApproval = {
    schema: 'list-approval/1',
    source,
    pendingId,
    verdict,
    at: '2026-03-04T05:06:07Z',
  }
  await log.produce(LISTS, [{ key: listRecordKey(approval), value: canonicalJson(approval) }])
  return approval
}
