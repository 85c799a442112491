import type { EventLog, LogRecord } from './event-log.ts'

/** Reads a topic from its earliest record to the end that it has now. */
export async function readToEnd(
  log: EventLog,
  topic: string,
  onRecord: (record: LogRecord, partition: number) => void,
): Promise<void> {
  await readRange(
    log,
    topic,
    new Map(
      (await log.offsets(topic)).map(({ partition, earliest, end }) => [
        partition,
        { from: earliest, to: end },
      ]),
    ),
    onRecord,
  )
}

/** Reads from offset `from` up to, not including, offset `to` of each partition named. */
export async function readRange(
  log: EventLog,
  topic: string,
  ranges: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
  onRecord: (record: LogRecord, partition: number) => void,
): Promise<void> {
  const left = new Map([...ranges].filter(([, { from, to }]) => from < to))
  if (left.size === 0) return
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const reading = await log.follow({
    topic,
    from: new Map([...left].map(([partition, { from }]) => [partition, from])),
    onRecords: (partition, records, nextOffset) => {
      const range = left.get(partition)
      if (!range) return
      try {
        for (const record of records) {
          if (record.offset >= range.from && record.offset < range.to) onRecord(record, partition)
        }
      } catch (error) {
        reject(error)
      }
      if (nextOffset >= range.to) left.delete(partition)
      if (left.size === 0) resolve()
    },
  })
  try {
    await done
  } finally {
    await reading.stop()
  }
}
