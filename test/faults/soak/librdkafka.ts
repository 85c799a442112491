// Clients of Kafka that are not ours: librdkafka in Python (client.py), each in a process of its own.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { pythonOf } from '../../../bench/peers/environment.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'

const CLIENT = fileURLToPath(new URL('client.py', import.meta.url))

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof CODECS)[number]
export type ProducerKind = 'plain' | 'idempotent' | 'transactional'

/** The Python that has confluent-kafka; it is installed on first use. */
export const soakPython = (): string =>
  pythonOf(
    {
      name: 'soak',
      requirements: new URL('requirements.txt', import.meta.url),
      modules: ['confluent_kafka'],
      what: 'confluent-kafka, 20 MB',
    },
    console.log,
  )

/** Records that one producer sends together. */
export interface Job {
  readonly topic: string
  readonly records: readonly OutgoingRecord[]
  readonly codec: Codec
  /** How the transaction is to end; undefined: no transaction. */
  readonly transaction?: 'commit' | 'abort'
  /** In the middle of the transaction, so that it overlaps others. */
  readonly pauseMs?: number
}

/**
 * What became of a job's records: all visible to a reader of committed records, none, or (after an error) some or
 * none. It is final: an aborted or unknown transaction is over before the answer.
 */
export interface JobResult {
  readonly outcome: 'committed' | 'aborted' | 'unknown'
  /** librdkafka's name of the error; empty if there was none. */
  readonly error: string
}

type Python = ChildProcessByStdio<Writable, Readable, null>

/** A producer by librdkafka; one job at a time. */
export class OtherProducer {
  readonly kind: ProducerKind
  readonly #child: Python
  readonly #answers: AsyncIterator<string>
  #jobs = 0

  constructor(python: string, brokers: readonly string[], kind: ProducerKind, name: string) {
    this.kind = kind
    const task = { brokers: brokers.join(','), kind, transactionalId: name }
    this.#child = run(python, 'produce', task)
    this.#answers = linesOf(this.#child)[Symbol.asyncIterator]()
  }

  async send({ topic, records, codec, transaction, pauseMs = 0 }: Job): Promise<JobResult> {
    const id = this.#jobs++
    const printed = records.map(({ key, value }) => ({
      key: key === null ? null : Buffer.from(key).toString('base64'),
      value: value === null ? null : value.toString(),
    }))
    const job = { id, topic, records: printed, codec, transaction: transaction ?? null, pauseMs }
    this.#child.stdin.write(`${JSON.stringify(job)}\n`)
    const { value: line, done } = await this.#answers.next()
    if (done) throw new Error(`A producer by librdkafka (${this.kind}) has ended: see its error above`)
    // Written by client.py.
    const answer = JSON.parse(line) as JobResult & { id: number }
    if (answer.id !== id) throw new Error(`Job ${id} got the answer of job ${answer.id}`)
    return answer
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    await ended
  }
}

/** A record as a reader of committed records sees it. */
export interface CommittedRecord {
  readonly partition: number
  readonly offset: number
  /** Base64. */
  readonly key: string | null
  readonly value: string | null
}

/**
 * Gives every committed record of a topic (isolation.level read_committed), and returns the ends of its partitions.
 */
export async function readCommitted(
  python: string,
  brokers: readonly string[],
  topic: string,
  onRecord: (record: CommittedRecord) => void,
): Promise<readonly number[]> {
  const child = run(python, 'read', { brokers: brokers.join(','), topic })
  const exit = once(child, 'exit')
  let ends: readonly number[] | undefined
  for await (const line of linesOf(child)) {
    // Written by client.py: records, and then the ends.
    const read = JSON.parse(line) as CommittedRecord | { readonly ends: readonly number[] }
    if ('ends' in read) ends = read.ends
    else onRecord(read)
  }
  const [code] = await exit
  if (!ends)
    throw new Error(`librdkafka could not read ${topic} (exit code ${String(code)}): see its error above`)
  return ends
}

/** What a group has committed of each partition of a topic (negative: nothing), and where the partition ends. */
export interface Progress {
  readonly committed: readonly number[]
  readonly ends: readonly number[]
}

export async function readProgress(
  python: string,
  brokers: readonly string[],
  group: string,
  topic: string,
): Promise<Progress> {
  const child = run(python, 'commits', { brokers: brokers.join(','), group, topic })
  for await (const line of linesOf(child)) {
    // Written by client.py.
    return JSON.parse(line) as Progress
  }
  throw new Error(`librdkafka could not read the commits of ${group}: see its error above`)
}

function run(
  python: string,
  verb: 'produce' | 'read' | 'commits',
  task: Readonly<Record<string, unknown>>,
): Python {
  return spawn(python, [CLIENT, verb, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'inherit'] })
}

const linesOf = ({ stdout }: Python): Interface => createInterface({ input: stdout, crlfDelay: Infinity })
