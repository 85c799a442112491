// What the pipeline benchmark measures: a job is measured by a process of its own, which starts what it measures in
// further ones.

/** How many of a PDQ hash's orientations are matched: it alone, or all. */
export type Orientations = 1 | 8

/** A job's kind, what it is asked, and what it answers. */
export interface Kinds {
  /** The matcher in one thread against its parts, in turns: kafkajs that parses; matching without Kafka; the index. */
  readonly parts: {
    readonly ask: {
      readonly known: number
      readonly orientations: Orientations
      readonly rounds: number
      readonly seconds: number
    }
    readonly answer: Parts
  }
  /** The matcher by processes and threads. */
  readonly whole: {
    readonly ask: {
      readonly known: number
      readonly orientations: Orientations
      readonly processes: number
      readonly threads: number
      readonly seconds: number
    }
    readonly answer: Whole
  }
}

export type Kind = keyof Kinds
export type JobOf<K extends Kind> = { readonly kind: K; readonly name: string } & Kinds[K]['ask']
export type Job = { readonly [K in Kind]: JobOf<K> }[Kind]
export type AnswerOf<K extends Kind> = Kinds[K]['answer']
export type Answer = AnswerOf<Kind>

/** What was committed in a while: by the clock on the wall, and in processor time. */
export interface Pace {
  readonly reports: number
  readonly seconds: number
  readonly perSecond: number
  /** Microseconds a report: the clock's, and each process's of all of its threads. */
  readonly micros: number
  readonly cpuMicros: Readonly<Record<string, number>>
}

export interface Whole extends Pace {
  /** Reports that a batch had on average. */
  readonly batch: number
  /** Seconds of each stage, of all threads. */
  readonly stageSeconds: Readonly<Record<string, number>>
  /** Hits published; checked: each report that must have one has one, and no other. */
  readonly hits: number
}

export interface Parts {
  readonly rounds: readonly PartsRound[]
  /** Medians over the rounds, microseconds a report. */
  readonly passThroughMicros: number
  readonly matchingMicros: number
  readonly indexMicros: number
  readonly wholeMicros: number
  /** Medians of the rounds' ratios. */
  readonly overParts: number
  /** Time of matching against 1.5 × the index's + 2 µs: at most 1 is what we want. */
  readonly overIndex: number
}

export interface PartsRound {
  readonly passThrough: Pace
  readonly whole: Whole
  readonly alone: Alone
}

/** Matching in one thread without Kafka. */
export interface Alone {
  /** A parsed report in, a hit's bytes out: microseconds a report. */
  readonly matchingMicros: number
  /** The index's own: the same queries in the same batches, and the look-up of each MD5. */
  readonly indexMicros: number
  readonly batch: number
}
