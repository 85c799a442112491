// Writes reports to their topic, those of several requests together: while calls to Kafka are under way, what comes in waits
// and goes with the next one. Small requests then cost little more than large ones.
import type { EventLog, OutgoingRecord } from '../log/event-log.ts'

/** Calls to Kafka at a time, for each topic. */
const CALLS_IN_FLIGHT = 3
/** A call takes requests until it has this many bytes: kafkajs's largest call. */
const CALL_BYTES = 512 * 1024

/** A report as a record. It knows when it is acknowledged. */
export class ReportRecord implements OutgoingRecord {
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, Buffer>>
  isWritten = false

  constructor(key: string, value: string, headers: Readonly<Record<string, Buffer>>) {
    this.key = key
    this.value = value
    this.headers = headers
  }
}

/** The records of one request. */
interface Waiting {
  readonly records: readonly ReportRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Lane {
  readonly waiting: Waiting[]
  calls: number
}

export class ReportWriter {
  readonly #log: Pick<EventLog, 'produce'>
  readonly #lanes = new Map<string, Lane>()

  constructor(log: Pick<EventLog, 'produce'>) {
    this.#log = log
  }

  /**
   * Resolves once all replicas in sync have every record. If it rejects, those are written whose `isWritten` is set; the
   * others may be written or not, and writing them again is harmless.
   */
  write(topic: string, records: readonly ReportRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve()
    const lane = this.#lanes.get(topic) ?? { waiting: [], calls: 0 }
    this.#lanes.set(topic, lane)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    lane.waiting.push({ records, resolve, reject })
    this.#next(topic, lane)
    return promise
  }

  #next(topic: string, lane: Lane): void {
    while (lane.waiting.length > 0 && lane.calls < CALLS_IN_FLIGHT) {
      lane.calls++
      void this.#call(topic, taken(lane.waiting)).finally(() => {
        lane.calls--
        if (lane.calls === 0 && lane.waiting.length === 0) this.#lanes.delete(topic)
        else this.#next(topic, lane)
      })
    }
  }

  async #call(topic: string, requests: readonly Waiting[]): Promise<void> {
    const all = requests.flatMap(({ records }) => records)
    let failure: unknown
    try {
      await this.#log.produce(topic, all, (record) => {
        if (record instanceof ReportRecord) record.isWritten = true
      })
    } catch (error) {
      failure = error
    }
    for (const { records, resolve, reject } of requests)
      // A call that fails for the records of one partition has written those of others.
      if (failure === undefined || records.every(({ isWritten }) => isWritten)) resolve()
      else reject(failure)
  }
}

/** Takes the requests of the next call from those that wait. */
function taken(waiting: Waiting[]): readonly Waiting[] {
  let bytes = 0
  let count = 0
  while (count < waiting.length && (count === 0 || bytes < CALL_BYTES)) {
    for (const { value } of waiting[count].records) bytes += value.length
    count++
  }
  return waiting.splice(0, count)
}
