// Puts due records of the outbox into their topics, each exactly once, whatever is killed meanwhile.
//
// Before each transaction of Kafka the store notes where the topics end. After a failure the publisher opens its writer
// anew, which ends the earlier transaction one way or the other, and reads from those ends which records have arrived.
import { sql, type Kysely } from 'kysely'
import { sha256Hex } from '../../contract/json.ts'
import type { EventLog, OutgoingRecord } from '../../log/event-log.ts'
import type { FencedLog, FencedWriter, TopicRecords } from '../../log/fenced-writer.ts'
import { readRange } from '../../log/read-to-end.ts'
import type { OutboxTopic, Tables } from '../store/tables.ts'

/** Records of one transaction: at most 32 KiB each. */
const ROWS_AT_A_TIME = 200
const OUTBOX_HEADER = 'outbox'

type OutboxTopics = Readonly<Record<OutboxTopic, string>>

interface OutboxRow {
  readonly id: string
  readonly topic: OutboxTopic
  readonly key: string
  readonly value: string
}

export interface PublisherOptions {
  /** One connection that holds the lock of the publisher: when it is lost, so is the lock, and all of this fails. */
  readonly db: Kysely<Tables>
  readonly log: EventLog & FencedLog
  /** The names of the topics. */
  readonly topics: OutboxTopics
  readonly transactionalId: string
}

/** Of use until its first error: then open another one. */
export class OutboxPublisher {
  readonly #options: PublisherOptions
  #writer: FencedWriter | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Publishes some of the rows that are due, oldest first. Returns how many. */
  async publish(): Promise<number> {
    if (!this.#writer) {
      if (!(await this.#hasWork())) return 0
      this.#writer = await this.#options.log.openFenced(this.#options.transactionalId)
      await this.#settle()
    }
    const rows = await this.#dueRows()
    if (rows.length === 0) return 0
    await this.#noteEnds([...new Set(rows.map(({ topic }) => topic))])
    await this.#writer.write(this.#records(rows))
    await this.#forget(rows.map(({ id }) => id))
    return rows.length
  }

  async close(): Promise<void> {
    await this.#writer?.close()
  }

  /** Nothing is asked of Kafka before there is something to send, or to find out. */
  async #hasWork(): Promise<boolean> {
    const { rows } = await sql<{ has: boolean }>`
      select exists (select from outbox_sending)
        or exists (select from outbox where due_at <= clock_timestamp()) as has`.execute(this.#options.db)
    return rows[0].has
  }

  /** An earlier publisher has noted the ends and not that its records arrived: finds out which did. */
  async #settle(): Promise<void> {
    const { db, log, topics } = this.#options
    const sending = await db.selectFrom('outbox_sending').selectAll().execute()
    for (const [topic, noted] of Map.groupBy(sending, (row) => row.topic)) {
      const from = new Map(noted.map((row) => [row.partition, Number(row.from_offset)]))
      const ranges = (await log.offsets(topics[topic])).map(
        // A partition that was added meanwhile is read from its beginning.
        ({ partition, earliest, end }) =>
          [partition, { from: Math.max(earliest, from.get(partition) ?? 0), to: end }] as const,
      )
      const arrived: string[] = []
      await readRange(log, topics[topic], new Map(ranges), ({ headers }) => {
        const name = headers[OUTBOX_HEADER]
        if (name) arrived.push(name.toString('utf8'))
      })
      await this.#forgetArrived(topic, arrived)
    }
    await db.deleteFrom('outbox_sending').execute()
  }

  async #forgetArrived(topic: OutboxTopic, names: readonly string[]): Promise<void> {
    const { db } = this.#options
    const ids = [...new Set(names.map(idOf))].filter((id) => id !== undefined)
    for (let begin = 0; begin < ids.length; begin += ROWS_AT_A_TIME) {
      const some = ids.slice(begin, begin + ROWS_AT_A_TIME)
      const { rows } = await sql<OutboxRow>`
        select outbox_id as id, topic, key, value from outbox
        where topic = ${topic} and outbox_id = any(${some}::bigint[])`.execute(db)
      // After a restored backup another row may have the number.
      const same = rows.filter((row) => names.includes(nameOf(row)))
      // Their rows are gone already: an earlier publisher was killed in the middle of this.
      if (same.length === 0) continue
      await sql`delete from outbox where outbox_id = any(${same.map(({ id }) => id)}::bigint[])`.execute(db)
    }
  }

  /**
   * Oldest first; a key's later record never before an earlier one that is not due yet. Locked for a moment: an undo that
   * has begun in time holds its rows and may still take them back.
   */
  async #dueRows(): Promise<readonly OutboxRow[]> {
    const { rows } = await sql<OutboxRow>`
      select outbox_id as id, topic, key, value from outbox o
      where due_at <= clock_timestamp()
        and not exists (
          select from outbox e
          where e.key = o.key and e.topic = o.topic and e.outbox_id < o.outbox_id and e.due_at > clock_timestamp())
      order by outbox_id limit ${ROWS_AT_A_TIME} for update`.execute(this.#options.db)
    return rows
  }

  async #noteEnds(written: readonly OutboxTopic[]): Promise<void> {
    const { db, log, topics } = this.#options
    for (const topic of written) {
      const ends = await log.offsets(topics[topic])
      await db
        .insertInto('outbox_sending')
        .values(ends.map(({ partition, end }) => ({ topic, partition, from_offset: end })))
        // One that is noted already lies before, which is as good.
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }

  #records(rows: readonly OutboxRow[]): readonly TopicRecords[] {
    const { topics } = this.#options
    return [...Map.groupBy(rows, ({ topic }) => topic)].map(([topic, some]) => ({
      topic: topics[topic],
      records: some.map((row): OutgoingRecord => ({
        key: row.key,
        value: row.value,
        headers: { [OUTBOX_HEADER]: Buffer.from(nameOf(row)) },
      })),
    }))
  }

  /** They are in their topics. */
  async #forget(ids: readonly string[]): Promise<void> {
    await this.#options.db.transaction().execute(async (tx) => {
      await sql`delete from outbox where outbox_id = any(${ids}::bigint[])`.execute(tx)
      await tx.deleteFrom('outbox_sending').execute()
    })
  }
}

/** How a record of a topic names its row: by its number and by what it said. */
const nameOf = ({ id, topic, key, value }: OutboxRow): string =>
  `${id}-${sha256Hex(`${topic}\n${key}\n${value}`).slice(0, 16)}`

const idOf = (name: string): string | undefined => /^(\d{1,19})-[0-9a-f]{16}$/.exec(name)?.[1]
